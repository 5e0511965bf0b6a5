import { Counter, Gauge, type Registry } from 'prom-client';

/** Names that dashboards know from other programs' client libraries. */
export function processMetrics(registers: Registry[]) {
  return {
    processCpu: new Counter({
      name: 'process_cpu_seconds_total',
      help: 'CPU time of the process, all threads',
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    }),
    processMemory: new Gauge({
      name: 'process_resident_memory_bytes',
      help: 'Resident memory of the process',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    }),
    processStart: new Gauge({
      name: 'process_start_time_seconds',
      help: 'When the process started, in seconds since 1970',
      registers,
      collect() {
        this.set(performance.timeOrigin / 1000);
      },
    }),
  };
}
