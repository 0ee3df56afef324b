// Files that an import gives as text; this tells editors so.
declare module '*.csv' {
  const text: string
  export default text
}
