import type * as dns from 'node:dns'
import type net from 'node:net'
import type { EgressRules } from '@bifrost/contract'
import { EgressError } from './egress-error.ts'

/** How names are looked up; tests have their own. */
export type Lookup = (
  host: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void

/** The connection goes to an address of this very answer; one closed address among them refuses the name. */
export function checkedLookup(rules: EgressRules, lookup: Lookup, port: number | null): net.LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      for (const { address } of addresses) {
        const refusal = rules.refusal({ host, address, port })
        if (refusal) return callback(new EgressError(refusal), '', 0)
      }
      const [first] = addresses
      if (!first)
        return callback(Object.assign(new Error(`${host} has no address.`), { code: 'ENOTFOUND' }), '', 0)
      if (options.all) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
