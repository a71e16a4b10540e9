import { expect, test } from 'vitest';
import { reasonText } from './words.ts';

test.each([
  ['CPU: no GPU was found.', 'No GPU was found.'],
  ['GPU: 3.1 times faster than the CPU in a one-second test.', '3.1 times faster than the CPU in a one-second test.'],
  ['chosen in the settings', 'Chosen in the settings'],
])('the reason %j is shown as %j beside the device', (reason, text) => {
  expect(reasonText(reason)).toBe(text);
});
