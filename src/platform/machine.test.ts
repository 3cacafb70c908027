import assert from 'node:assert/strict'
import { availableParallelism, totalmem } from 'node:os'
import { describe, it } from 'node:test'
import { machine } from './machine.ts'

const gibibyte = 2 ** 30

describe('machine', () => {
  const cases: { why: string; files: Record<string, string>; cores: number; memoryBytes: number }[] = [
    { why: 'no cgroups', files: {}, cores: 8, memoryBytes: 16 * gibibyte },
    {
      why: 'v2, as a container sees its own group: at the root',
      files: {
        '/proc/self/cgroup': '0::/\n',
        '/sys/fs/cgroup/cpu.max': '250000 100000\n',
        '/sys/fs/cgroup/memory.max': '1073741824\n',
      },
      cores: 2,
      memoryBytes: gibibyte,
    },
    {
      why: 'v2 without limits',
      files: {
        '/proc/self/cgroup': '0::/\n',
        '/sys/fs/cgroup/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/memory.max': 'max\n',
      },
      cores: 8,
      memoryBytes: 16 * gibibyte,
    },
    {
      why: 'v2, less than one core is one',
      files: { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '50000 100000\n' },
      cores: 1,
      memoryBytes: 16 * gibibyte,
    },
    {
      why: 'v2, a limit set on a group further up',
      files: {
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/cpu.max': '300000 100000\n',
        '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      },
      cores: 3,
      memoryBytes: 16 * gibibyte,
    },
    {
      why: 'v1, each controller with a tree of its own',
      files: {
        '/proc/self/cgroup': '4:memory:/pods/x\n1:cpu,cpuacct:/pods/x\n0::/\n',
        '/sys/fs/cgroup/cpu/pods/x/cpu.cfs_quota_us': '400000\n',
        '/sys/fs/cgroup/cpu/pods/x/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/memory/pods/x/memory.limit_in_bytes': '2147483648\n',
      },
      cores: 4,
      memoryBytes: 2 * gibibyte,
    },
    {
      why: 'v1 without limits: -1 and a number beyond all memory',
      files: {
        '/proc/self/cgroup': '4:memory:/\n1:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      },
      cores: 8,
      memoryBytes: 16 * gibibyte,
    },
    {
      why: 'a quota beyond the machine',
      files: { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '6400000 100000\n' },
      cores: 8,
      memoryBytes: 16 * gibibyte,
    },
  ]
  for (const { why, files, cores, memoryBytes } of cases) {
    it(`says what may be used: ${why}`, () => {
      const read = (path: string): string | undefined => files[path]
      assert.deepEqual(machine({ read, cores: 8, memoryBytes: 16 * gibibyte }), { cores, memoryBytes })
    })
  }

  it('stays within the machine that runs this test', () => {
    const { cores, memoryBytes } = machine()
    assert.ok(cores >= 1 && cores <= availableParallelism())
    assert.ok(memoryBytes > 0 && memoryBytes <= totalmem())
  })
})
