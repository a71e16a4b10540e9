import { describe, expect, it } from 'vitest';
import { adjustWeight } from './prompt-weight.ts';

describe('the weight of words in a prompt', () => {
  it('is written around the word at the caret', () => {
    expect(adjustWeight({ text: 'a red house', start: 3, end: 3 }, 0.1, 'a1111')).toEqual({ text: 'a (red:1.1) house', start: 2, end: 11 });
  });

  it('rises again when it is raised again, and disappears at 1', () => {
    const raised = adjustWeight({ text: 'a (red:1.1) house', start: 2, end: 11 }, 0.1, 'a1111');
    expect(raised.text).toBe('a (red:1.2) house');
    expect(adjustWeight({ text: 'a (red:1.1) house', start: 4, end: 4 }, -0.1, 'a1111').text).toBe('a red house');
  });

  it('takes the selected words together and leaves spaces around them alone', () => {
    expect(adjustWeight({ text: 'a red house ', start: 1, end: 12 }, -0.1, 'comfy').text).toBe('a (red house:0.9) ');
  });

  it('has the notation of the syntax', () => {
    expect(adjustWeight({ text: 'boat', start: 0, end: 4 }, 0.1, 'compel').text).toBe('(boat)1.1');
    expect(adjustWeight({ text: '(boat)1.1', start: 0, end: 9 }, 0.1, 'compel').text).toBe('(boat)1.2');
    expect(adjustWeight({ text: 'boat', start: 0, end: 4 }, 0.1, 'plain').text).toBe('boat');
  });

  it('stays between 0 and 2', () => {
    expect(adjustWeight({ text: '(x:2)', start: 0, end: 5 }, 0.1, 'a1111').text).toBe('(x:2)');
    expect(adjustWeight({ text: '(x:0)', start: 0, end: 5 }, -0.1, 'a1111').text).toBe('(x:0)');
  });
});
