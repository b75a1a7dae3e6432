/** The tests of the same name, over JSON lines. */
import '../../testing/speak-json-lines';
import './resume.spec';
