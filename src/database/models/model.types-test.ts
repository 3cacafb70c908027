/** What the compiler knows of a model. */
import type { Insertable, Selectable, Updateable } from 'kysely'
import { z } from 'zod'
import type { InputOf, OutputOf } from '../../schema/schema.ts'
import { createDatabase } from '../create-database.ts'
import { column } from './column.ts'
import { defineModel } from './model.ts'
import type { ChangeOf, KeyOf, NewRowOf, RowOf, TableOf, WireRowOf } from './model-types.ts'
import { repositoryOf } from './repository.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Expect<T extends true> = T

const Post = defineModel('post', {
  id: column.id(),
  title: column.text({ max: 80 }),
  state: column.oneOf(['draft', 'shown']).default('draft'),
  likes: column.bigint().default(0n),
  meta: column.json(z.object({ a: z.number() })).nullable(),
  shown_at: column.moment().nullable(),
  version: column.version(),
  deleted_at: column.deletedAt(),
})
const Seat = defineModel('seat', { hall: column.text({ max: 9 }).primaryKey(), number: column.integer().primaryKey() })
type Posts = TableOf<typeof Post>

export type Checks = [
  Expect<
    Equal<
      RowOf<typeof Post>,
      {
        id: bigint
        title: string
        state: 'draft' | 'shown'
        likes: bigint
        meta: { a: number } | null
        shown_at: Date | null
        version: number
        deleted_at: Date | null
      }
    >
  >,
  Expect<Equal<Selectable<Posts>['likes'], bigint>>,
  Expect<Equal<Insertable<Posts>['title'], string>>,
  Expect<Equal<Insertable<Posts>['state'], 'draft' | 'shown' | undefined>>,
  Expect<Equal<Updateable<Posts>['likes'], bigint | number | undefined>>,
  // What the database counts is not changed.
  Expect<Equal<'id' extends keyof Updateable<Posts> ? true : false, false>>,
  Expect<
    Equal<
      NewRowOf<typeof Post>,
      {
        title: string
        id?: bigint | number | undefined
        state?: 'draft' | 'shown' | undefined
        likes?: bigint | number | undefined
        meta?: { a: number } | null | undefined
        shown_at?: Date | null | undefined
      }
    >
  >,
  Expect<Equal<ChangeOf<typeof Post>['version'], number>>,
  Expect<Equal<keyof ChangeOf<typeof Post>, 'title' | 'state' | 'likes' | 'meta' | 'shown_at' | 'version'>>,
  Expect<Equal<KeyOf<typeof Post>, bigint | number>>,
  Expect<Equal<KeyOf<typeof Seat>, { readonly hall: string; readonly number: number }>>,
  Expect<Equal<WireRowOf<typeof Post>['id'], string>>,
  Expect<Equal<WireRowOf<typeof Post>['shown_at'], string | null>>,
]

const NewPost = Post.insertSchema({ omit: ['state'] })
export type SchemaChecks = [
  Expect<Equal<OutputOf<typeof NewPost>['title'], string>>,
  Expect<Equal<'state' extends keyof OutputOf<typeof NewPost> ? true : false, false>>,
  Expect<Equal<InputOf<typeof NewPost>['shown_at'], string | Date | null | undefined>>,
]

const db = createDatabase({ url: 'sqlite::memory:', models: [Post, Seat] })
export async function uses(): Promise<void> {
  const posts = repositoryOf(db, Post)
  const { id, state } = await posts.insert({ title: 'a' })
  const known: 'draft' | 'shown' = state
  await posts.update(id, { version: 1, title: known })
  await posts.select().where('state', '=', 'shown').execute()
  await db.query.selectFrom('post').innerJoin('seat', 'seat.number', 'post.version').select(['hall', 'likes']).execute()
  // @ts-expect-error: the title is missing
  await posts.insert({ state: 'shown' })
  // @ts-expect-error: without the version nobody knows what the change was decided by
  await posts.update(id, { title: 'b' })
  // @ts-expect-error: no such state
  await posts.insert({ title: 'a', state: 'hidden' })
  // @ts-expect-error: the database has no such table
  db.query.selectFrom('posts')
  // @ts-expect-error: the key has two columns
  await repositoryOf(db, Seat).find('west')
}
