// @vitest-environment happy-dom
import type { PythonPackages } from '@bifrost/contract'
import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { showPage, tidyUp } from '../../ui/testing.tsx'
import { PackagesRow } from './PackagesSection.tsx'

tidyUp()

const packages: PythonPackages = {
  org_id: null,
  requirements: ['httpx>=0.27', 'pydantic'],
  status: 'installing',
  error: null,
  log: '',
  can_retry: false,
  changed_at: '2026-12-01T00:00:00.000Z',
}

test('packages that are being installed say so, and what is installed', async () => {
  await showPage(() => <PackagesRow packages={packages} />)
  expect(screen.getByText('Global packages are being installed')).toBeTruthy()
  expect(screen.getByText('httpx>=0.27, pydantic')).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})

test('packages that could not be installed show the error, the log and a retry for those who may', async () => {
  const failed = {
    ...packages,
    status: 'failed',
    error: 'ERROR: none',
    log: 'Looking',
    can_retry: true,
  } as const
  await showPage(() => (
    <PackagesRow packages={{ ...failed, org_id: '0198c000-0000-7000-8000-000000000000' }} />
  ))
  expect(screen.getByText('Packages of the organization couldn’t be installed')).toBeTruthy()
  expect(screen.getByText('ERROR: none')).toBeTruthy()
  expect(screen.getByText('Looking')).toBeTruthy()
  expect(screen.getByRole('button', { name: 'Retry' })).toBeTruthy()
})
