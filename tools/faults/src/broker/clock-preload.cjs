// Loaded into the broker before its own code, so that the tool can set the broker's wall clock.
const trueNow = Date.now;
let offset = Number(process.env.FAULTS_CLOCK_OFFSET ?? 0);

Date.now = () => trueNow() + offset;
process.on('message', (order) => {
  offset = order.offset;
  process.send({ offset });
});
// A tool that was killed leaves no broker behind.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel.unref();
