/** Every limit of the program that is not a setting. */
export const limits = {
  /** Links of one environment (a setting by default this). */
  linksPerEnvironment: 10,
  tablesPerLink: 1_000,
  /** Rows asked per page: the platform's maximum. */
  rowsPerPage: 5_000,
  /** A fold starts at this many batches, or at this share of the image's rows; at `batchesMax` nothing is read until one is done. */
  foldBatches: 64,
  foldRowShare: 0.01,
  batchesMax: 512,
  /** Log entries between checkpoints. */
  checkpointEvery: 100,
  /** Checkpoints kept per this time once a newer one exists. */
  checkpointSpacingMs: 3_600_000,
  /** One put is tried this often when its answer is lost, after pauses of the first length, doubled each time. */
  putAttempts: 5,
  putPauseMs: 100,
  /** A commit gives way to other writers this often before it gives up. */
  commitRaces: 1_000,
  /** Data files stay this long after the last entry that names them; orphans as long. */
  retentionMs: 24 * 3_600_000,
  /** Old states are kept so much longer than a query may ask for them: a query that begins on the oldest has so long. */
  queryMarginMs: 30 * 60_000,
  /** A full read that would remove more rows than the larger of these asks a person. */
  deletesUnasked: 1_000,
  deleteShareUnasked: 0.01,
  /** Rows read one by one at once. */
  rowReadsAtOnce: 8,
  /** Pages of one read on their way or waiting on disk, beside those that are worked on. */
  pagesAhead: 8,
  /** Pages of a full read that become one batch, where they are here already. */
  pagesTogether: 16,
  pagesTogetherBytes: 48 * 1024 * 1024,
  /** One JSON row. */
  rowBytesMax: 256 * 1024 * 1024,
  /** Tables of a link that are read whole at once (the others stand in line), and polls for changes at once; the environment allows 52 requests of one user. */
  tablesReadAtOnce: 4,
  /** A table of which nothing came for so long gives up its place to one that waits. */
  readPatienceMs: 60_000,
  tablesPolledAtOnce: 8,
  /** Requests of one link at once: two links that share a user stay below the environment's 52 together. */
  requestsAtOnce: 24,
  /** Tables of a link that are folded, published and swept at once, beside what they read. */
  tablesKeptUpAtOnce: 2,
  /** A partition file goes on in another one past so many bytes. */
  partBytes: 64 * 1024 * 1024,
  /** Minutes between two snapshots, and between two incremental folders (the original: 5 to 1,440). */
  snapshotMinutesMin: 1,
  snapshotMinutesMax: 10_080,
  incrementalMinutesMin: 5,
  incrementalMinutesMax: 1_440,
  snapshotsKeptMax: 100,
  /** Quiet tables asked for changes in one question. */
  questionsAtOnce: 100,
} as const;
