/** (f) A hundred items. */
export const catalogue = {
  items: Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 3 + 0.5,
    tags: ['alpha', 'beta'],
    active: id % 2 === 1,
    note: 'some text here',
  })),
}
