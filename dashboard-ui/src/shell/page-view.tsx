/** The page of the present address, loaded when it is first opened; the one before stays until then. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { Empty } from '../parts/empty.tsx'
import { findRoute, type PageProps } from '../routing/pages.ts'

interface Loaded {
  readonly pattern: string
  readonly Page: ComponentType<PageProps>
}

const loadedPages = new Map<string, ComponentType<PageProps>>()

export function PageView({ path }: { readonly path: string }) {
  const found = findRoute(path)
  const pattern = found?.route.pattern ?? ''
  const [loaded, setLoaded] = useState<Loaded | undefined>()
  const [failed, setFailed] = useState(false)
  useEffect(() => {
    if (found === undefined) return
    let isWanted = true
    setFailed(false)
    found.route.load().then(
      (Page) => {
        loadedPages.set(pattern, Page)
        if (isWanted) setLoaded({ pattern, Page })
      },
      () => isWanted && setFailed(true),
    )
    return () => {
      isWanted = false
    }
  }, [pattern])

  if (found === undefined) return <NotFound path={path} />
  const Page = loadedPages.get(pattern) ?? (loaded?.pattern === pattern ? loaded.Page : undefined)
  if (Page !== undefined) return <Page key={pattern} params={found.params} />
  if (!failed) return <p class="loading">Loading …</p>
  return (
    <Empty icon="alert" title="This page could not be loaded">
      <p>The dashboard may have been stopped or renewed. Start it again, and load this page anew.</p>
    </Empty>
  )
}

function NotFound({ path }: { readonly path: string }) {
  return (
    <Empty icon="search" title="There is no such page">
      <p>
        <code>{path}</code> leads nowhere. <a href="/services">Services</a> is a good place to begin.
      </p>
    </Empty>
  )
}
