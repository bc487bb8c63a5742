// Exact arithmetic: whole numbers, matrices modulo a prime and over the whole numbers, polynomials.

export const abs = (a) => (a < 0n ? -a : a);

export function gcd(a, b) {
  [a, b] = [abs(a), abs(b)];
  while (b) [a, b] = [b, a % b];
  return a;
}

export const lcm = (a, b) => (a / gcd(a, b)) * b;

/** The numbers without their common divisor; all 0 stay. */
export function primitive(numbers) {
  let common = 0n;
  for (const it of numbers) {
    common = gcd(common, it);
    if (common === 1n) return numbers;
  }
  return common > 1n ? numbers.map((it) => it / common) : numbers;
}

function power(base, exponent, modulus) {
  let found = 1n;
  for (base %= modulus; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) found = (found * base) % modulus;
    base = (base * base) % modulus;
  }
  return found;
}

const WITNESSES = [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n];

/** Miller and Rabin's test; with these witnesses it is a proof below 3 · 10^24. */
export function isPrime(p) {
  if (p < 2n) return false;
  for (const it of WITNESSES) if (p % it === 0n) return p === it;
  let odd = p - 1n;
  let twos = 0;
  for (; odd % 2n === 0n; odd /= 2n) twos++;
  return WITNESSES.every((it) => {
    let found = power(it, odd, p);
    if (found === 1n) return true;
    for (let i = 0; i < twos; i++, found = (found * found) % p) if (found === p - 1n) return true;
    return false;
  });
}

/** The whole numbers modulo p: as floats where a product is exact, else as BigInts. */
export function modulo(p) {
  const big = p >= 2n ** 26n;
  const modulus = big ? p : Number(p);
  const of = (a) => (big ? ((a % p) + p) % p : Number(((a % p) + p) % p));
  return {
    weight: big ? 10 : 1, // steps that one operation counts
    zero: big ? 0n : 0,
    of,
    inverse: (a) => of(power(BigInt(a), p - 2n, p)),
    times: (a, b) => (a * b) % modulus,
    // a - f b
    less: (a, f, b) => (a + (modulus - f) * b) % modulus,
  };
}

/** The rank of a matrix over such a field, with Gauss; the matrix is used up. */
export function rankModulo(matrix, field, work) {
  const width = matrix[0]?.length ?? 0;
  let rank = 0;
  for (let column = 0; column < width && rank < matrix.length; column++) {
    const at = matrix.findIndex((row, i) => i >= rank && row[column] !== field.zero);
    work.spend(matrix.length);
    if (at < 0) continue;
    [matrix[rank], matrix[at]] = [matrix[at], matrix[rank]];
    const pivot = matrix[rank];
    const inverse = field.inverse(pivot[column]);
    for (let i = rank + 1; i < matrix.length; i++) {
      const row = matrix[i];
      if (row[column] === field.zero) continue;
      work.spend((width - column) * field.weight);
      const factor = field.times(row[column], inverse);
      for (let j = column; j < width; j++) row[j] = field.less(row[j], factor, pivot[j]);
    }
    rank++;
  }
  return rank;
}

/** A whole matrix N with N A = c 1 for some whole c that is not 0, or null if A has no inverse. */
export function inverseUpToFactor(matrix, work) {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1n : 0n))]);
  work.spend(20 * n ** 3);
  for (let column = 0; column < n; column++) {
    const at = rows.findIndex((row, i) => i >= column && row[column] !== 0n);
    if (at < 0) return null;
    [rows[column], rows[at]] = [rows[at], rows[column]];
    const pivot = rows[column];
    for (let i = 0; i < n; i++) {
      const factor = rows[i][column];
      if (i === column || factor === 0n) continue;
      rows[i] = primitive(rows[i].map((a, j) => a * pivot[column] - factor * pivot[j]));
    }
  }
  const factor = rows.reduce((found, row, i) => lcm(found, abs(row[i])), 1n);
  return rows.map((row, i) => row.slice(n).map((a) => a * (factor / row[i])));
}

/** A basis of the vectors that are 0 under all these rows of n BigInts. */
export function kernel(rows, n, work) {
  const all = Array.from({ length: n }, (_, i) => i);
  let basis = all.map((i) => all.map((j) => BigInt(i === j)));
  for (const row of rows) {
    work.spend(5 * n * basis.length);
    const values = basis.map((it) => it.reduce((sum, a, i) => sum + a * row[i], 0n));
    const at = values.findIndex((it) => it !== 0n);
    if (at < 0) continue;
    const out = basis[at];
    basis = basis
      .map((it, k) => primitive(it.map((a, i) => a * values[at] - out[i] * values[k])))
      .filter((_, k) => k !== at);
  }
  return basis;
}

/** The number of positive squares of a symmetric matrix of BigInts: Sylvester, square by square. */
export function positiveSquares(matrix) {
  let rest = matrix.map((row) => [...row]);
  let found = 0;
  for (;;) {
    let at = rest.findIndex((row, i) => row[i] !== 0n);
    if (at < 0) {
      at = rest.findIndex((row) => row.some((it) => it !== 0n));
      if (at < 0) return found;
      const other = rest[at].findIndex((it) => it !== 0n);
      // the substitution x_other = x_other + x_at: now 2 times the entry stands on the diagonal
      rest[at] = rest[at].map((a, j) => a + rest[other][j]);
      for (const row of rest) row[at] += row[other];
    }
    const square = rest[at][at];
    if (square > 0n) found++;
    rest = complement(rest, at, square > 0n ? 1n : -1n);
  }
}

/** What is left after the square at one place, times a positive number. */
function complement(matrix, at, sign) {
  const pivot = matrix[at];
  const rows = matrix.map((row) =>
    row.map((a, j) => sign * (a * pivot[at] - row[at] * pivot[j])).filter((_, j) => j !== at),
  );
  rows.splice(at, 1);
  const values = primitive(rows.flat());
  return rows.map((row, i) => row.map((_, j) => values[i * row.length + j]));
}
