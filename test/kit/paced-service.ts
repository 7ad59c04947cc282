import { systemClock } from '../../src/app/clock.ts';
import { silentLog } from '../../src/app/log.ts';
import { readSettings } from '../../src/app/settings.ts';
import { startService } from '../../src/app/start-service.ts';

/** A service in a process of its own with a quick pace, to be killed: environment as always, and `PACE` as JSON. */
const pace = JSON.parse(process.env.PACE ?? '{}');
await startService({ settings: readSettings(process.env), log: silentLog, version: 'test', pace });
console.log('started');
await systemClock.sleep(600_000, new AbortController().signal);
