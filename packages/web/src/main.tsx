import './app/no-eval.ts'
import './styles.css'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { showsPerson } from './app/acting.ts'
import { createQueryClient } from './app/query-client.ts'
import { createAppRouter } from './app/router.tsx'
import { Notices } from './ui/notices.tsx'

const queryClient = createQueryClient(() => void signInAgain())
const router = createAppRouter(queryClient)

/** The session has ended under the reader: sign in, and come back to this very page. */
async function signInAgain() {
  const { pathname, href, publicHref } = router.state.location
  if (pathname === '/sign-in' || pathname === '/setup') return
  await router.navigate({ to: '/sign-in', search: href === '/' ? {} : { next: publicHref }, replace: true })
  showsPerson(null)
  queryClient.clear()
}

// A page that the browser kept and shows again may belong to a person who has signed out.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) void queryClient.invalidateQueries()
})

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id root.')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Notices />
    </QueryClientProvider>
  </StrictMode>,
)
