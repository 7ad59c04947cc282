// The process of the SQL endpoint: started by the service over an IPC channel, never by a person.
import { register } from 'tsx/esm/api';

register();
const { runSqlProcess } = await import('../src/app/sql-process.ts');
await runSqlProcess();
