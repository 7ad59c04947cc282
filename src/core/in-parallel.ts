/**
 * Runs `work` over all items, a few at a time; answers in the items' order. After a failure nothing new is begun; it is
 * thrown when what was under way has ended.
 */
export async function inParallel<T, R>(
  { items, atOnce }: { readonly items: readonly T[]; readonly atOnce: number },
  work: (item: T, position: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  let failure: { readonly thrown: unknown } | null = null;
  const worker = async () => {
    for (const [position, item] of queue) {
      if (failure !== null) return;
      try {
        results[position] = await work(item, position);
      } catch (thrown) {
        failure ??= { thrown };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failure !== null) throw (failure as { readonly thrown: unknown }).thrown;
  return results;
}
