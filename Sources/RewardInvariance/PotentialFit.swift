internal import LinearAlgebra
internal import MDPs

/// What a potential must satisfy beside fitting: states at which it is 0, and states at which it is one common number.
struct PotentialConstraint: Sendable {
  /// For each state the number of its free variable, or −1 where Φ is fixed at 0.
  let variable: [Int32]
  /// How many free variables there are.
  let variableCount: Int

  /// No constraint.
  init(free count: Int) {
    variable = (0..<Int32(count)).map { $0 }
    variableCount = count
  }

  /// Φ = 0 at the flagged states.
  init(zeroAt states: [Bool]?, count: Int) {
    self.init(count: count) { states?[$0] == true ? .zero : .free }
  }

  /// Φ = k at the flagged states, with k free.
  init(commonAt states: [Bool]) {
    self.init(count: states.count) { states[$0] ? .common : .free }
  }

  /// The variables as one number a state, shape (S).
  func spread(_ x: [Double]) -> [Double] { variable.map { $0 < 0 ? 0 : x[Int($0)] } }

  /// The sums over the states of each variable.
  func gather(_ state: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: variableCount)
    for (s, v) in variable.enumerated() where v >= 0 { result[Int(v)] += state[s] }
    return result
  }

  private enum Kind { case free, common, zero }

  private init(count: Int, kind: (Int) -> Kind) {
    var common: Int32?
    var next: Int32 = 0
    variable = (0..<count).map { s in
      switch kind(s) {
      case .zero: return -1
      case .common:
        if let common { return common }
        common = next
        next += 1
        return next - 1
      case .free:
        next += 1
        return next - 1
      }
    }
    variableCount = Int(next)
  }
}

/// A split of numbers on rows into a shaping part and the least remainder: `target` = shaping + `remainder`.
struct PotentialSplit: Sendable {
  /// Ψ, shape (S): mean-free on every part of the model that no fixed potential holds.
  let potential: [Double]
  /// c, shape (S): what the constant part of the potential adds to each row out of the state; Φ = Ψ + c / (γ − 1).
  let constants: [Double]
  /// The remainder of each row.
  let remainder: [Double]

  /// Φ, shape (S).
  func fullPotential(discount: Double) -> [Double] {
    zip(potential, constants).map { psi, c in c == 0 || discount == 1 ? psi : psi + c / (discount - 1) }
  }
}

/// Least squares over potentials: the Φ whose shaping comes nearest to given numbers,
///
/// ```
/// min_Φ Σ_rows ( target − (γ Σ_t w_t Φ(t) − Φ(s)) )²
/// ```
///
/// subject to a ``PotentialConstraint``. A row is a transition (one t of weight 1) or a pair (w = P(· | s, a)).
///
/// On a connected component of states without a fixed potential, the constant Φ = c changes every row by (γ − 1) c: a
/// direction whose conditioning is 1/(1 − γ). It is taken out exactly, component by component, and the rest is solved
/// over mean-free potentials by conjugate gradients on the normal equations (CGLS), whose conditioning is that of the
/// graph. A second pass over the remainder removes what rounding left of the first.
///
/// The least remainder is a linear function of the target with kernel exactly the shaping: two targets differ by shaping
/// iff their remainders are equal. What is found is proven by evaluating it, never by the iteration.
///
/// Source: Björck, Numerical Methods for Least Squares Problems (1996), §7.4.
struct PotentialFit: Sendable {
  /// The rows.
  enum Rows: Sendable {
    /// Row i is the transition from `from[i]` to `to[i]`.
    case edges(from: [Int32], to: [Int32])
    /// Row i is a pair in state `from[i]` whose successors are row i of `next`.
    case pairs(from: [Int32], next: SparseRows)
  }

  private let rows: Rows
  private let constraint: PotentialConstraint
  private let discount: Double
  private let stateCount: Int
  private let takesMeans: Bool
  /// The component of each variable; −1 where a fixed potential leaves no constant free.
  private let component: [Int32]
  private let componentCount: Int
  /// The component of each row; −1 where there is none.
  private let rowComponent: [Int32]
  private let componentVariables: [Double]
  private let componentRows: [Double]
  /// The largest squared norm of a column: how large a gradient can be beside its residual.
  private let columnSquare: Double

  /// `hasFreeConstant` says whether one more constant may be added to all rows of a component; below discount 1 a constant
  /// potential does that anyway.
  init(
    rows: Rows, stateCount: Int, constraint: PotentialConstraint, discount: Double, hasFreeConstant: Bool = false
  ) {
    takesMeans = discount < 1 || hasFreeConstant
    self.rows = rows
    self.constraint = constraint
    self.discount = discount
    self.stateCount = stateCount
    var sets = DisjointSets(count: constraint.variableCount + 1)  // The last one stands for "fixed at 0".
    let fixed = constraint.variableCount
    func node(_ state: Int32) -> Int {
      let v = constraint.variable[Int(state)]
      return v < 0 ? fixed : Int(v)
    }
    let from: [Int32]
    switch rows {
    case .edges(let sources, let targets):
      from = sources
      if discount > 0 { for i in sources.indices { sets.join(node(sources[i]), node(targets[i])) } }
    case .pairs(let sources, let next):
      from = sources
      if discount > 0 {
        for i in sources.indices {
          for k in next.positions(ofRow: i) { sets.join(node(sources[i]), node(next.columns[k])) }
        }
      }
    }
    let fixedRoot = sets.root(of: fixed)
    var number = [Int: Int32]()
    var component = [Int32](repeating: -1, count: constraint.variableCount)
    for v in 0..<constraint.variableCount {
      let root = sets.root(of: v)
      guard root != fixedRoot else { continue }
      if let known = number[root] {
        component[v] = known
      } else {
        component[v] = Int32(number.count)
        number[root] = component[v]
      }
    }
    var componentVariables = [Double](repeating: 0, count: number.count)
    for c in component where c >= 0 { componentVariables[Int(c)] += 1 }
    var componentRows = [Double](repeating: 0, count: number.count)
    let rowComponent = from.map { s -> Int32 in
      let v = constraint.variable[Int(s)]
      return v < 0 ? -1 : component[Int(v)]
    }
    for c in rowComponent where c >= 0 { componentRows[Int(c)] += 1 }
    var squares = [Double](repeating: 0, count: stateCount)
    switch rows {
    case .edges(let sources, let targets):
      for i in sources.indices {
        squares[Int(sources[i])] += 1
        squares[Int(targets[i])] += discount * discount
      }
    case .pairs(let sources, let next):
      for i in sources.indices {
        squares[Int(sources[i])] += 1
        for k in next.positions(ofRow: i) {
          squares[Int(next.columns[k])] += discount * discount * next.values[k] * next.values[k]
        }
      }
    }
    columnSquare = constraint.gather(squares).max() ?? 0
    self.component = component
    self.componentCount = number.count
    self.rowComponent = rowComponent
    self.componentVariables = componentVariables
    self.componentRows = componentRows
  }

  /// Splits one number a row.
  func split(_ target: [Double]) -> PotentialSplit {
    var remainder = target
    var x = [Double](repeating: 0, count: constraint.variableCount)
    var shift = [Double](repeating: 0, count: componentCount)
    for _ in 0..<2 {
      var mean = takeMeans(&remainder)
      let step = conjugateGradients(remainder)
      var image = forward(step)
      let imageMean = takeMeans(&image)
      for i in remainder.indices { remainder[i] -= image[i] }
      for v in x.indices { x[v] += step[v] }
      for c in shift.indices {
        mean[c] -= imageMean[c]
        shift[c] += mean[c]
      }
    }
    return PotentialSplit(
      potential: constraint.spread(x),
      constants: constraint.variable.map { v in
        guard v >= 0, component[Int(v)] >= 0 else { return 0 }
        return shift[Int(component[Int(v)])]
      }, remainder: remainder)
  }

  /// The shaping of each row by the given variables.
  private func forward(_ x: [Double]) -> [Double] {
    let state = constraint.spread(x)
    switch rows {
    case .edges(let from, let to):
      return [Double](unsafeUninitializedCapacity: from.count) { out, count in
        state.withUnsafeBufferPointer { state in
          from.withUnsafeBufferPointer { from in
            to.withUnsafeBufferPointer { to in
              for i in 0..<from.count {
                let next = state[Int(to[i])]
                out.initializeElement(at: i, to: (next - state[Int(from[i])]) - (1 - discount) * next)
              }
            }
          }
        }
        count = from.count
      }
    case .pairs(let from, let next):
      var result = Transitions.sparse(next).expectation(of: state)
      for i in from.indices { result[i] = discount * result[i] - state[Int(from[i])] }
      return result
    }
  }

  /// The transpose of ``forward(_:)``, made mean-free on every component.
  private func adjoint(_ y: [Double]) -> [Double] {
    var state = [Double](repeating: 0, count: stateCount)
    // Pointers, because these loops over all transitions are where the time of a large model goes.
    state.withUnsafeMutableBufferPointer { state in
      switch rows {
      case .edges(let from, let to):
        from.withUnsafeBufferPointer { from in
          to.withUnsafeBufferPointer { to in
            for i in 0..<from.count {
              state[Int(to[i])] += discount * y[i]
              state[Int(from[i])] -= y[i]
            }
          }
        }
      case .pairs(let from, let next):
        next.columns.withUnsafeBufferPointer { column in
          next.values.withUnsafeBufferPointer { value in
            for i in from.indices {
              let weight = discount * y[i]
              for k in next.positions(ofRow: i) { state[Int(column[k])] += weight * value[k] }
              state[Int(from[i])] -= y[i]
            }
          }
        }
      }
    }
    return centred(constraint.gather(state))
  }

  private func centred(_ x: [Double]) -> [Double] {
    guard componentCount > 0 else { return x }
    var sums = [Double](repeating: 0, count: componentCount)
    for v in x.indices where component[v] >= 0 { sums[Int(component[v])] += x[v] }
    for c in sums.indices { sums[c] /= componentVariables[c] }
    var result = x
    for v in x.indices where component[v] >= 0 { result[v] -= sums[Int(component[v])] }
    return result
  }

  /// Subtracts from the rows of every component their mean, and returns the means; nothing where no constant is free.
  private func takeMeans(_ rows: inout [Double]) -> [Double] {
    var means = [Double](repeating: 0, count: componentCount)
    guard takesMeans, componentCount > 0 else { return means }
    for i in rows.indices where rowComponent[i] >= 0 { means[Int(rowComponent[i])] += rows[i] }
    for c in means.indices { means[c] = componentRows[c] > 0 ? means[c] / componentRows[c] : 0 }
    for i in rows.indices where rowComponent[i] >= 0 { rows[i] -= means[Int(rowComponent[i])] }
    return means
  }

  /// The mean-free variables whose shaping, with row means taken out, comes nearest to `target`.
  private func conjugateGradients(_ target: [Double]) -> [Double] {
    var x = [Double](repeating: 0, count: constraint.variableCount)
    var residual = target
    var gradient = adjoint(residual)
    var square = dot(gradient, gradient)
    let reference = square
    guard reference > 0 else { return x }
    var direction = gradient
    // Once the gradient is at the level of rounding beside the residual, or the residual beside the target, directions are
    // noise, along which steps may be huge: the best point is kept, and the second pass starts afresh from there. Where
    // neither says so, a gradient that is small and falls no more does.
    var (best, bestX, milestone, sinceMilestone) = (square, x, square, 0)
    let size = dot(target, target)
    var rest = size
    let limit = min(20 * constraint.variableCount + 200, 20_000)
    var steps = 0
    while square > 1e-31 * columnSquare * rest, rest > 1e-32 * size, steps < limit, sinceMilestone <= 100,
      square <= 1e6 * best
    {
      var image = forward(direction)
      _ = takeMeans(&image)
      let curvature = dot(image, image)
      guard curvature > 0 else { break }
      let step = square / curvature
      for v in x.indices { x[v] += step * direction[v] }
      for i in residual.indices { residual[i] -= step * image[i] }
      gradient = adjoint(residual)
      let next = dot(gradient, gradient)
      let ratio = next / square
      for v in direction.indices { direction[v] = gradient[v] + ratio * direction[v] }
      square = next
      rest = dot(residual, residual)
      steps += 1
      if square < best { (best, bestX) = (square, x) }
      if square < 0.25 * milestone {
        (milestone, sinceMilestone) = (square, 0)
      } else if best < 1e-18 * reference || square < 1e-22 * columnSquare * rest {
        sinceMilestone += 1
      }
    }
    return bestX
  }
}

/// Sets that grow together: which variables a chain of rows connects.
private struct DisjointSets {
  private var parent: [Int]

  init(count: Int) { parent = Array(0..<count) }

  mutating func root(of i: Int) -> Int {
    var i = i
    while parent[i] != i {
      parent[i] = parent[parent[i]]
      i = parent[i]
    }
    return i
  }

  mutating func join(_ i: Int, _ j: Int) {
    let (a, b) = (root(of: i), root(of: j))
    if a != b { parent[max(a, b)] = min(a, b) }
  }
}
