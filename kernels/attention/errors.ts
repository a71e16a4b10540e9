/** Invalid arguments, as Python's class of that name: the words are those of xformers so that users can look them up. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** No operator can serve the inputs, as Python's class of that name. */
export class NotImplementedError extends Error {
  override readonly name = 'NotImplementedError';
}
