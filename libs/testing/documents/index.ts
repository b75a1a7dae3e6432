/** For tests of the programs in the documents. A door of its own, since it loads the compiler. */
export * from './compiled-examples';
