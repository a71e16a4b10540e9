import { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { AppError } from '../contract/errors.ts';
import { pipeChannel } from '../contract/pipe-channel.ts';
import { protocolVersion } from '../contract/protocol.ts';
import type { EngineService } from './engine-service.ts';
import { startHeartbeat } from './heartbeat.ts';
import { JobRunner } from './job-runner.ts';

/** Pipes that the studio opens for its child: frames both ways, and heartbeats. Standard output and error are left to native libraries. */
const channelDescriptor = 3;
const heartbeatDescriptor = 4;

/**
 * The engine process: frames on pipe 3, heartbeats on pipe 4, one heavy request at a time. Returns at once; the process ends when the
 * studio says so, when the studio is gone, or after an error that nothing caught.
 */
export function runEngine(loadService: () => Promise<EngineService>, version: string): void {
  const markWork = startHeartbeat(heartbeatDescriptor);
  const socket = new Socket({ fd: channelDescriptor, readable: true, writable: true });
  const channel = pipeChannel(socket, socket);
  channel.send({ type: 'hello', protocol: protocolVersion, role: 'engine', version });
  // The service is imported while the studio prepares its first request.
  const service = loadService();
  service.catch(() => undefined);

  const exit = (code: number) => {
    void service
      .then((loaded) => loaded.dispose())
      .catch(() => undefined)
      .then(() => process.exit(code));
  };
  const runner = new JobRunner({ channel, service: () => service, markWork, now: () => performance.now(), exit });
  const crash = (cause: unknown) => {
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    channel.send({ type: 'log', level: 'error', text: text.slice(0, 20_000) });
    const message = `The engine met an error that it did not expect: ${cause instanceof Error ? cause.message : String(cause)}`;
    runner.failAll(new AppError('engineCrashed', message, {}, cause));
    // What is already written to the socket leaves before the process does.
    socket.end(() => process.exit(1));
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);
  // Ctrl-C in a terminal reaches the whole process group; the studio decides what it means.
  process.on('SIGINT', () => undefined);
}
