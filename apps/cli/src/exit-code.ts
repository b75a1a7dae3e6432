/** How the command ends; `docs/cli.md` lists them. */
export const EXIT = {
  done: 0,
  /** The broker, or something on the way to it, refused. */
  failed: 1,
  /** The command line or a setting makes no sense. */
  misused: 2,
  /** There was no message to get. */
  empty: 3,
  /** Ctrl+C or SIGTERM ended what was not finished. */
  interrupted: 130,
} as const;
