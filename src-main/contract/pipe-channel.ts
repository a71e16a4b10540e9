import { ChannelEnd, type Channel } from './channel.ts';
import { AppError, errorData } from './errors.ts';
import { defaultFrameLimits, encodeFrameParts, FrameDecoder, type FrameLimits } from './frame-codec.ts';

/** What is needed of a Node readable stream. */
export interface ByteSource {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** What is needed of a Node writable stream. */
export interface ByteSink {
  write(chunk: Uint8Array): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  end(): unknown;
}

/**
 * Frames over two byte streams. A breach of the format closes the channel with `protocolError` or `frameTooLarge`, and the owner then
 * stops the other side; a stream that breaks off closes it with `connectionLost`.
 */
export function pipeChannel(source: ByteSource, sink: ByteSink, limits: FrameLimits = defaultFrameLimits): Channel {
  const end = new ChannelEnd();
  const fail = (error: unknown) => {
    if (end.end(errorData(error))) sink.end();
  };
  const decoder = new FrameDecoder(({ message, buffers }) => end.receive(message, buffers), fail, limits);
  source.on('data', (chunk) => decoder.push(chunk));
  const lose = (error: Error) => fail(new AppError('connectionLost', `The connection to the other process was lost: ${error.message}`));
  source.on('error', lose);
  sink.on('error', lose);
  const finish = () => {
    if (decoder.isAtBorder) end.end(null);
    else fail(new AppError('connectionLost', 'The connection to the other process ended inside a message.'));
  };
  source.on('end', finish);
  source.on('close', finish);
  return {
    send(message: object, buffers = []) {
      if (end.isClosed) return;
      for (const part of encodeFrameParts(message, buffers, limits)) sink.write(part);
    },
    onMessage: (receiver) => end.onMessage(receiver),
    onClose: (listener) => end.onClose(listener),
    close() {
      if (end.end(null)) sink.end();
    },
  };
}
