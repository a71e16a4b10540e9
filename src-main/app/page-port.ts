import { MessageChannelMain, type MessagePortMain, type WebContents } from 'electron';
import type { Channel } from '../contract/channel.ts';
import { portChannel } from '../contract/port-channel.ts';

/** Gives a page a port to the studio and forwards frames both ways; main reads none of them. */
export function connectPage(contents: WebContents, studio: Channel): void {
  if (contents.isDestroyed()) return studio.close();
  const { port1, port2 } = new MessageChannelMain();
  const page = portChannel(structuredPort(port2));
  let hasLeft = false;
  const leave = () => {
    hasLeft = true;
    studio.close();
  };
  page.onMessage((message, buffers) => studio.send(message as object, buffers));
  studio.onMessage((message, buffers) => page.send(message as object, buffers));
  page.onClose(() => studio.close());
  studio.onClose(() => {
    page.close();
    // A port does not tell its page that the other end has gone.
    if (!hasLeft && !contents.isDestroyed()) contents.send('strata:disconnected');
  });
  contents.once('destroyed', leave);
  contents.once('did-start-navigation', leave);
  contents.postMessage('strata:port', null, [port1]);
}

function structuredPort(port: MessagePortMain) {
  return {
    postMessage: (data: unknown) => port.postMessage(data),
    onMessage: (listener: (data: unknown) => void) => {
      port.on('message', ({ data }) => listener(data));
      port.start();
    },
    onClose: (listener: () => void) => void port.on('close', listener),
    close: () => port.close(),
  };
}
