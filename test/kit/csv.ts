import { type Options, parse } from 'csv-parse';

/** CSV as a program that is not ours reads it. */
export async function readCsv(text: string, options: Options = {}): Promise<string[][]> {
  return parse(text, options).toArray();
}
