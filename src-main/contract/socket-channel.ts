import { ChannelEnd, type Channel } from './channel.ts';
import { AppError, errorData } from './errors.ts';
import { defaultFrameLimits, encodeFrame, FrameDecoder, type FrameLimits } from './frame-codec.ts';

/** What is needed of a WebSocket: the browser's and that of `ws` both fit. */
export interface MessageSocket {
  binaryType: string;
  readonly readyState: number;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'error' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const connecting = 0;
const open = 1;
const policyViolation = 1008;

/** Frames over a WebSocket, one frame a binary message. What is sent before the socket is open waits for it. */
export function socketChannel(socket: MessageSocket, limits: FrameLimits = defaultFrameLimits): Channel {
  const end = new ChannelEnd();
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  const fail = (error: unknown) => {
    if (end.end(errorData(error))) socket.close(policyViolation, 'protocol error');
  };
  const decoder = new FrameDecoder(({ message, buffers }) => end.receive(message, buffers), fail, limits);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }) => {
    if (!(data instanceof ArrayBuffer)) return fail(new AppError('protocolError', 'A message must be binary; found text.'));
    decoder.push(new Uint8Array(data));
    if (!end.isClosed && !decoder.isAtBorder)
      fail(new AppError('protocolError', 'A message must hold one whole frame; found a part of one.'));
  });
  socket.addEventListener('open', () => waiting.splice(0).forEach((frame) => socket.send(frame)));
  socket.addEventListener('error', () =>
    end.end({ code: 'connectionLost', message: 'The connection to the studio was lost.', details: {} }),
  );
  socket.addEventListener('close', () => end.end(null));
  return {
    send(message: object, buffers = []) {
      if (end.isClosed) return;
      const frame = encodeFrame(message, buffers, limits);
      if (socket.readyState === connecting) waiting.push(frame);
      else if (socket.readyState === open) socket.send(frame);
    },
    onMessage: (receiver) => end.onMessage(receiver),
    onClose: (listener) => end.onClose(listener),
    close() {
      if (end.end(null)) socket.close();
    },
  };
}
