const config = require('../../esbuild.config.cjs');

// Pochta's libraries are bundled here, and the others' are not. Kept names cost a call for each function that is made,
// which nobody pays who has the libraries from a package.
module.exports = { ...config, keepNames: false };
