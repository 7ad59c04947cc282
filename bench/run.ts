/** The quick benchmarks, one after the other; docs/performance.md names the others. */
await import('./page-to-parquet.ts');
await import('./initial-sync.ts');
await import('./sandbox-speed.ts');
await import('./latency.ts');
await import('./sql-queries.ts');
await import('./sql-freshness.ts');
