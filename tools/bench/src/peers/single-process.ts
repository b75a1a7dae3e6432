import { peer } from './peer';

const HOST = '127.0.0.1';

/** Takes snapshots after so many changes of its keys, of which publish and subscribe makes none. */
export const redis = peer('Redis', 'redis-server', (port, folder) => ({
  args: ['--port', String(port), '--bind', HOST, '--dir', folder],
}));

/** Without a configuration file it takes anybody of this machine, and keeps nothing across a restart. */
export const mosquitto = peer('Mosquitto', 'mosquitto', (port) => ({ args: ['-p', String(port)] }));

/** Without JetStream, which is its default and all that Nest's transport uses. */
export const nats = peer('NATS', 'nats-server', (port) => ({ args: ['-a', HOST, '-p', String(port)] }));

/** Streams are files. What a publisher is told is stored is in the system's cache; the server flushes every 2 minutes. */
export const jetstream = peer('JetStream', 'nats-server', (port, folder) => ({
  args: ['-a', HOST, '-p', String(port), '-js', '-sd', folder],
}));

/** With its log of commands instead of snapshots; it flushes before it answers, or every second. */
export const redisStreams = (fsync: 'always' | 'everysec') =>
  peer('Redis Streams', 'redis-server', (port, folder) => ({
    args: [
      ...['--port', String(port), '--bind', HOST, '--dir', folder],
      ...['--save', '', '--appendonly', 'yes', '--appendfsync', fsync],
    ],
  }));
