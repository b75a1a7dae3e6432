const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const swc = require('@swc/core');

const { jsc } = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8'));

// esbuild drops decorator metadata, without which Nest starts but cannot inject or validate.
const throughSwc = {
  name: 'swc',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?ts$/ }, async ({ path }) => {
      const { code } = await swc.transformFile(path, {
        swcrc: false,
        jsc,
        module: { type: 'es6' },
        sourceMaps: 'inline',
      });
      return { contents: code, loader: 'js' };
    });
  },
};

/** @type {import('esbuild').BuildOptions} */
module.exports = {
  plugins: [throughSwc],
  packages: 'external',
  sourcemap: true,
  target: 'node20',
  // It costs a call for each function that is made, and a message makes several on its way. Names are kept without it,
  // but for those of two classes of one name in one bundle.
  keepNames: false,
  outExtension: { '.js': '.cjs' },
};
