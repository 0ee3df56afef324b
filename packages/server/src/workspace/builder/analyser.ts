import type { SourceNote } from '@bifrost/contract'
import type { AnalysedFile } from '../types.ts'
export function createAnalyser(_dir: string) {
  return {
    analyse: async (_c?: string[]): Promise<AnalysedFile[]> => [],
    typeErrors: async (): Promise<SourceNote[]> => [],
  }
}
