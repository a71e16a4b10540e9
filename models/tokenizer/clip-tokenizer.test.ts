import { describe, expect, it } from 'vitest';
import { byteAlphabet } from './byte-alphabet.ts';
import { ClipTokenizer } from './clip-tokenizer.ts';
import { parseVocabulary } from './vocabulary.ts';

const merges = ['c a', 'ca t</w>', 'd o', 'do g</w>', 'a t</w>'];
const pieces = [
  ...byteAlphabet,
  ...byteAlphabet.map((piece) => `${piece}</w>`),
  ...merges.map((line) => line.replace(' ', '')),
  '<|startoftext|>',
  '<|endoftext|>',
];
const vocabulary = parseVocabulary(
  JSON.stringify(Object.fromEntries(pieces.map((piece, id) => [piece, id]))),
  `#version: 0.2\n${merges.join('\n')}\n`,
);
const id = (piece: string): number => pieces.indexOf(piece);
const tokenizer = new ClipTokenizer(vocabulary);

describe("CLIP's tokenizer", () => {
  it('merges pairs by rank and marks the ends of words', () => {
    expect(tokenizer.encode('Cat  dog\ncatdog')).toEqual([id('cat</w>'), id('dog</w>'), id('ca'), id('t'), id('dog</w>')]);
  });

  it('splits digits one by one and marks from letters', () => {
    expect(tokenizer.encode('a12,')).toEqual([id('a</w>'), id('1</w>'), id('2</w>'), id(',</w>')]);
  });

  it('encodes any text through its bytes', () => {
    expect(tokenizer.encode('é')).toEqual([id('Ã'), id('©</w>')]);
    expect(tokenizer.encode('e\u0301')).toEqual(tokenizer.encode('é'));
    expect(tokenizer.encode('😀')).toHaveLength(4);
  });

  it('cuts special tokens out of the text, the padding token too', () => {
    expect(tokenizer.encode('cat<|endoftext|>dog')).toEqual([id('cat</w>'), tokenizer.endId, id('dog</w>')]);
    expect(new ClipTokenizer(vocabulary, { padToken: '!' }).encode('cat!')).toEqual([id('cat</w>'), id('!')]);
    expect(tokenizer.encode('cat!')).toEqual([id('cat</w>'), id('!</w>')]);
  });

  it('pads with the end token or with "!", and cuts what is too long', () => {
    expect([...new ClipTokenizer(vocabulary, { maxLength: 5 }).pad([1])]).toEqual([
      tokenizer.beginId,
      1,
      tokenizer.endId,
      tokenizer.endId,
      tokenizer.endId,
    ]);
    expect([...new ClipTokenizer(vocabulary, { maxLength: 5, padToken: '!' }).pad([1])]).toEqual([
      tokenizer.beginId,
      1,
      tokenizer.endId,
      id('!'),
      id('!'),
    ]);
    expect([...new ClipTokenizer(vocabulary, { maxLength: 5 }).pad([1, 2, 3, 4])]).toEqual([tokenizer.beginId, 1, 2, 3, tokenizer.endId]);
  });

  it('knows added words with one id a vector, regardless of case and not inside other words', () => {
    const added = new ClipTokenizer(vocabulary);
    const size = added.vocabularySize;
    expect(added.addWord('<Cat-Toy>', 2)).toEqual([size, size + 1]);
    expect(added.addWord('cat', 1)).toEqual([size + 2]);
    expect(added.encode('CAT <cat-toy> catdog')).toEqual([size + 2, size, size + 1, id('ca'), id('t'), id('dog</w>')]);
    expect(added.addWord('cat', 3)).toEqual([size + 3, size + 4, size + 5]);
    expect(added.encode('cat')).toEqual([size + 3, size + 4, size + 5]);
    expect(() => added.addWord(' ', 1)).toThrow('expected a name');
  });

  it('takes only the first 100,000 characters of a text', () => {
    expect(tokenizer.encode('1'.repeat(300_000))).toHaveLength(100_000);
  });

  it('refuses a vocabulary that is none', () => {
    expect(() => parseVocabulary('{"a":"b"}', '')).toThrow('whole number');
    expect(() => parseVocabulary('{"a":1}', 'one two three')).toThrow('two pieces');
    expect(() => new ClipTokenizer({ ids: new Map(), ranks: new Map() })).toThrow('<|startoftext|>');
  });
});
