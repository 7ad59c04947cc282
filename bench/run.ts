/** Every benchmark, one after the other. */
await import('./page-to-parquet.ts');
await import('./first-sync.ts');
await import('./sandbox-speed.ts');
