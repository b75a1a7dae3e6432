/** The tests of the same name, over binary frames. */
import '../../testing/speak-binary';
import './publish.spec';
