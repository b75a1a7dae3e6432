/** What Jest, Nx and npm set for a test run, and settings of whoever runs it. Npm's configuration stays: it may name the registry. */
const NOT_A_USERS =
  /^(POCHTA_|JEST_|NX_|npm_(?!config_)|npm_config_local_prefix$|NODE_ENV$|CI$|FORCE_COLOR$)/;

/** The environment that a program finds in the shell of somebody who has set nothing for it. */
export function userEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_A_USERS.test(name)));
}
