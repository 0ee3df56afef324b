import { z } from 'zod'

// The content policy forbids eval; without this zod probes for it, and the browser reports a violation.
// Imported before everything else, because schemas are built while modules load.
z.config({ jitless: true })
