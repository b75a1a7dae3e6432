/** Imported first by a test file: its clients speak JSON lines unless they are told otherwise. */
import { CONNECT_DEFAULTS } from '../src/connection/connect-options';

CONNECT_DEFAULTS.codec = 'json-lines';
