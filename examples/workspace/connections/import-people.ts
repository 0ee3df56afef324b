import { HttpError, integrations, step, tables, UserError, workflow } from 'bifrost'

interface Person {
  id: string
  name: string
  department: string
}

interface PageOfPeople {
  people: Person[]
  next: string | null
}

/**
 * Copies the people of the customer's directory into a table. Which directory, and with which credentials, is the
 * customer's own: the integration "People directory" has them, and one workflow serves all customers.
 *
 * Define it on the page Integrations first, with a text value "department" that may narrow the import.
 */
export const importPeople = workflow({ category: 'Connections' }, async () => {
  await tables.create('people', { description: 'Who works there, as the directory says' })
  let next: string | null = '/people'
  let count = 0
  for (let page = 1; next !== null; page++) {
    const address: string = next
    // A step per page: what was read is not read again when the run continues after a crash.
    const answer: PageOfPeople = await step(`read page ${page}`, () => readPage(address))
    await step(`store page ${page}`, async () => {
      for (const { id, name, department } of answer.people)
        await tables.upsert('people', { id, name, department })
    })
    count += answer.people.length
    next = answer.next
  }
  return { count }
})

async function readPage(address: string): Promise<PageOfPeople> {
  const settings = await integrations.get<{ department?: string }>('People directory')
  const directory = await integrations.getClient('People directory')
  try {
    // A full address of another host would get no credentials: they stay with the directory.
    return await directory.get<PageOfPeople>(address, { query: { department: settings?.config.department } })
  } catch (error) {
    if (error instanceof HttpError && error.status === 403)
      throw new UserError('The directory does not let us read people: its administrator grants people.read.')
    throw error
  }
}
