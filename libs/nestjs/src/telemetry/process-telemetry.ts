import { optionalPackage } from '../optional-package';
import { OpenTelemetry, type OpenTelemetryApi } from './open-telemetry';
import { NO_TELEMETRY, type Telemetry } from './telemetry';

let openTelemetry: OpenTelemetry | null | undefined;

/**
 * The telemetry of this process: OpenTelemetry's when `@opentelemetry/api` is installed, otherwise `NO_TELEMETRY`. It is
 * enabled from when the app registers a tracer provider on.
 */
export function telemetry(): Telemetry {
  return loaded() ?? NO_TELEMETRY;
}

/** The id of the trace that the caller runs in, if there is one. */
export function activeTraceId(): string | undefined {
  return loaded()?.activeTraceId;
}

function loaded(): OpenTelemetry | undefined {
  if (openTelemetry === undefined) {
    const api = optionalPackage<OpenTelemetryApi>('@opentelemetry/api');
    openTelemetry = api === undefined ? null : new OpenTelemetry(api);
  }
  return openTelemetry ?? undefined;
}
