import type { HttpServer, INestApplication } from '@nestjs/common';
import { neededPackage } from '../optional-package';
import type { AsyncApiDocument } from './asyncapi-document';
import { createAsyncApiDocument } from './create-document';
import type { AsyncApiOptions } from './document-builder';

/** The AsyncAPI document of an app, over its HTTP. */
export class PochtaAsyncApi {
  /**
   * The document of the app's handlers and of the topics of `PochtaModule.forFeature`, as `createAsyncApiDocument` makes it
   * for an app without HTTP. Throws `INVALID_CONFIG` when a package that payload classes need is missing.
   */
  static createDocument(app: INestApplication, options: AsyncApiOptions): AsyncApiDocument {
    return createAsyncApiDocument(app, options);
  }

  /**
   * Has the app's HTTP adapter serve the document, with no prefix, guard or pipe: as YAML when the path ends with `.yaml` or
   * `.yml`, for which the package `yaml` is needed (`INVALID_CONFIG`), as JSON otherwise. Before `app.init` or `app.listen`.
   */
  static setup(app: INestApplication, path: string, document: AsyncApiDocument): void {
    const isYaml = /\.ya?ml$/.test(path);
    const body = isYaml ? yamlText(document) : JSON.stringify(document, undefined, 2);
    const type = isYaml ? 'application/yaml' : 'application/json';
    const adapter = app.getHttpAdapter() as HttpServer & {
      setHeader(response: unknown, name: string, value: string): void;
    };
    adapter.get(path, (_request: unknown, response: unknown) => {
      adapter.setHeader(response, 'content-type', `${type}; charset=utf-8`);
      void adapter.reply(response, body, 200);
    });
  }
}

function yamlText(document: AsyncApiDocument): string {
  const what = 'An AsyncAPI document as YAML';
  return neededPackage<{ stringify(value: unknown): string }>('yaml', what).stringify(document);
}
