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

/** Frames over two byte streams. A breach of the format closes the channel with `protocolError`; the owner then stops the other side. */
export function pipeChannel(source: ByteSource, sink: ByteSink, limits: FrameLimits = defaultFrameLimits): Channel {
  const end = new ChannelEnd();
  const fail = (error: unknown) => {
    if (end.end(errorData(error))) sink.end();
  };
  const decoder = new FrameDecoder(({ message, buffers }) => end.receive(message, buffers), fail, limits);
  source.on('data', (chunk) => decoder.push(chunk));
  source.on('error', fail);
  sink.on('error', fail);
  const finish = () => {
    if (decoder.isAtBorder) end.end(null);
    else fail(new AppError('protocolError', 'The stream must end between two frames; it ended inside one.'));
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
