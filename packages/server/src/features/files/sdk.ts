import { FileLocation } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
import { demandSourceWrite, type FileLocations } from './locations.ts'

const Where = z.object({ path: z.string().max(1000), location: FileLocation })
const Write = Where.extend({ content: z.base64() })

/** `files.*` as user code calls it; bytes travel as base64. */
export const fileSdk = (locations: FileLocations): Record<string, SdkMethod> => ({
  'files.read': async (scope, args) => {
    const { path, location } = parseArguments('files', Where, args)
    return (await locations.at(scope, location).read(path)).toString('base64')
  },
  'files.write': async (scope, args) => {
    const { path, location, content } = parseArguments('files', Write, args)
    const files = locations.at(scope, location)
    await demandSourceWrite(scope, location, files, path)
    return files.write(path, Buffer.from(content, 'base64'))
  },
  'files.list': async (scope, args) => {
    const { path, location } = parseArguments('files', Where, args)
    return locations.at(scope, location).list(path, false)
  },
  'files.delete': async (scope, args) => {
    const { path, location } = parseArguments('files', Where, args)
    const files = locations.at(scope, location)
    await demandSourceWrite(scope, location, files, path)
    await files.delete(path)
    return null
  },
  'files.exists': (scope, args) => {
    const { path, location } = parseArguments('files', Where, args)
    return locations.at(scope, location).exists(path)
  },
})
