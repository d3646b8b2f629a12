internal import LinearAlgebra
internal import MDPs

/// How near one reward comes to another one changed by a kind of transformation.
struct TransformationFit: Sendable {
  /// Whether the kind relates the rewards.
  let holds: Bool
  /// What no change of the kind explains: ‖R₂ − best‖ / ‖what is left of R₂ after shaping alone‖.
  let residual: Double
  /// k, Φ and the rest, when the relation holds.
  let certificate: InvarianceCertificate?
  /// The transition or pair of the largest remainder, when it does not hold; `next` is nil for pairs.
  let worst: (state: Int, action: Int, next: Int?, remainder: Double)?
}

/// Looks for the potential, scale and redistribution that relate two rewards, one kind of transformation at a time.
///
/// For a set of transitions (or of pairs, where the kind redistributes) and a class of potentials, what is left of each
/// reward after its best shaping is a linear function with kernel exactly that shaping. The rewards are then related
/// without a scale iff the two remainders are equal, and with one iff they are positive multiples of each other.
final class TransformationSearch {
  let mdp: MDP
  let first: Reward
  let second: Reward
  /// r₁ and r₂, shape (S·A).
  let expected: (first: [Double], second: [Double])
  let reachable: [Bool]
  let terminals: [Bool]
  let equivalenceTolerance: Double
  let trivialityTolerance: Double

  private struct Place: Hashable {
    let shaping: RewardTransformation.Shaping
    let mask: RewardTransformation.Mask
    let isRedistributed: Bool
  }

  private struct Remainders {
    let potentials: (first: PotentialSplit, second: PotentialSplit)
    let sizes: (first: Double, second: Double)
  }

  private var domains: [RewardTransformation.Mask: TransitionDomain] = [:]
  private var remainders: [Place: Remainders] = [:]

  init(
    mdp: MDP, first: Reward, second: Reward, terminals: [Bool], equivalenceTolerance: Double,
    trivialityTolerance: Double
  ) throws(RewardInvarianceError) {
    self.mdp = mdp
    self.first = first
    self.second = second
    expected = try fitting { () throws(MDPError) in (try first.expected(in: mdp), try second.expected(in: mdp)) }
    reachable = mdp.reachableStates()
    self.terminals = terminals
    self.equivalenceTolerance = equivalenceTolerance
    self.trivialityTolerance = trivialityTolerance
  }

  /// The kinds that differ on this model: without terminal states, terminal shaping is shaping, and so on.
  func isDistinct(_ kind: RewardTransformation) -> Bool {
    switch kind.shaping {
    case .zeroTerminal: if !terminals.contains(true) { return false }
    default: break
    }
    switch kind.mask {
    case .none: return true
    case .unreachable: return reachable.contains(false)
    case .impossible:
      // Too many transitions to list are more than the possible ones.
      guard let all = try? domain(.none), let possible = try? domain(.impossible) else { return true }
      return possible.count != all.count || possible.to != all.to
    }
  }

  /// Decides one kind.
  ///
  /// - Throws: ``RewardInvarianceError/tooLarge(question:size:limit:)`` when all transitions of a large model are asked for.
  /// - Complexity: conjugate gradients over the transitions that count; remembered for the next kind.
  func fit(_ kind: RewardTransformation) throws(RewardInvarianceError) -> TransformationFit {
    if !kind.isRedistributed, kind.mask == .none, let bad = nonFiniteMismatch(kind) {
      return TransformationFit(holds: false, residual: 1, certificate: nil, worst: bad)
    }
    let found = try remainders(kind)
    let (q1, q2) = (found.potentials.first.remainder, found.potentials.second.remainder)
    let match = RemainderMatch(
      q1, q2, sizes: found.sizes, isScaled: kind.isScaled, tolerance: equivalenceTolerance,
      trivialityTolerance: trivialityTolerance)
    guard match.holds else {
      return TransformationFit(
        holds: false, residual: match.residual, certificate: nil,
        worst: try worst(kind, q1, q2, scale: max(match.scale, 0)))
    }
    return TransformationFit(
      holds: true, residual: match.residual, certificate: try certificate(kind, found, scale: match.scale), worst: nil)
  }

  /// The remainder after shaping that is free at the terminal states as well, whose own loops are not looked at: a small
  /// one names the mistake of a potential that is not 0 where the episode ends.
  func fitIgnoringTerminalLoops() throws(RewardInvarianceError) -> (
    residual: Double, scale: Double, potential: [Double]
  )? {
    guard terminals.contains(true), mdp.discount > 0 else { return nil }
    let rows = pairs(mask: .unreachable).filter { !terminals[Int($0) / mdp.actionCount] }
    guard !rows.isEmpty else { return nil }
    let fit = pairFit(rows, PotentialConstraint(free: mdp.stateCount))
    let (s1, s2) = (
      fit.split(rows.map { expected.first[Int($0)] }), fit.split(rows.map { expected.second[Int($0)] })
    )
    let match = RemainderMatch(
      s1.remainder, s2.remainder, sizes: (norm2(expected.first), norm2(expected.second)), isScaled: true,
      tolerance: equivalenceTolerance, trivialityTolerance: trivialityTolerance)
    guard match.holds else { return nil }
    let (a, b) = (s1.fullPotential(discount: mdp.discount), s2.fullPotential(discount: mdp.discount))
    return (match.residual, match.scale, zip(b, a).map { $0 - match.scale * $1 })
  }

  private func nonFiniteMismatch(
    _ kind: RewardTransformation
  ) -> (state: Int, action: Int, next: Int?, remainder: Double)? {
    let actionCount = mdp.actionCount
    func bad(_ values: [Double]) -> Int? { values.firstIndex { !$0.isFinite } }
    // By state and pair, `expected` has checked every number; only tables of transitions can hide others.
    for reward in [first, second] {
      switch reward.values {
      case .state, .pair: continue
      case .transition(let r):
        for (i, value) in r.elements.enumerated() where !value.isFinite {
          let (k, t) = (i / mdp.stateCount, i % mdp.stateCount)
          let (x, y) = (
            first.value(state: k / actionCount, action: k % actionCount, next: t, actionCount: actionCount),
            second.value(state: k / actionCount, action: k % actionCount, next: t, actionCount: actionCount)
          )
          if kind == .identity, x == y || (x.isNaN && y.isNaN) { continue }
          return (k / actionCount, k % actionCount, t, .infinity)
        }
      case .sparseTransition(let r):
        if let i = bad(r.values) {
          let k = (0..<r.rowCount).first { r.positions(ofRow: $0).contains(i) } ?? 0
          return (k / actionCount, k % actionCount, Int(r.columns[i]), .infinity)
        }
      }
    }
    return nil
  }

  private func domain(_ mask: RewardTransformation.Mask) throws(RewardInvarianceError) -> TransitionDomain {
    if let kept = domains[mask] { return kept }
    let made = try TransitionDomain(mdp, mask: mask, reachable: reachable, rewards: [first, second])
    domains[mask] = made
    return made
  }

  /// The available pairs that count.
  private func pairs(mask: RewardTransformation.Mask) -> [Int32] {
    let actionCount = mdp.actionCount
    return (0..<Int32(mdp.stateCount * actionCount)).filter {
      mdp.isAvailable(Int($0) / actionCount, Int($0) % actionCount)
        && (mask != .unreachable || reachable[Int($0) / actionCount])
    }
  }

  private func constraint(_ shaping: RewardTransformation.Shaping) -> PotentialConstraint {
    let start = mdp.initialDistribution.map { $0 > 0 }
    switch shaping {
    case .none, .any: return PotentialConstraint(free: mdp.stateCount)
    case .zeroInitial: return PotentialConstraint(zeroAt: start, count: mdp.stateCount)
    case .commonInitial: return PotentialConstraint(commonAt: start)
    case .zeroTerminal: return PotentialConstraint(zeroAt: terminals, count: mdp.stateCount)
    }
  }

  private func pairFit(_ rows: [Int32], _ constraint: PotentialConstraint) -> PotentialFit {
    var builder = SparseRowsBuilder(columnCount: mdp.stateCount)
    for k in rows {
      mdp.transitions.forEachSuccessor(ofRow: Int(k)) { t, p in builder.append(column: Int32(t), value: p) }
      builder.endRow()
    }
    let actionCount = Int32(mdp.actionCount)
    return PotentialFit(
      rows: .pairs(from: rows.map { $0 / actionCount }, next: builder.build()), stateCount: mdp.stateCount,
      constraint: constraint, discount: mdp.discount)
  }

  private func remainders(_ kind: RewardTransformation) throws(RewardInvarianceError) -> Remainders {
    let place = Place(shaping: kind.shaping, mask: kind.mask, isRedistributed: kind.isRedistributed)
    if let kept = remainders[place] { return kept }
    let (x, y): ([Double], [Double])
    let fit: PotentialFit?
    if kind.isRedistributed {
      let rows = pairs(mask: kind.mask)
      (x, y) = (rows.map { expected.first[Int($0)] }, rows.map { expected.second[Int($0)] })
      fit = kind.shaping == .none ? nil : pairFit(rows, constraint(kind.shaping))
    } else {
      let domain = try domain(kind.mask)
      var (u, v) = (domain.values(of: first, in: mdp), domain.values(of: second, in: mdp))
      // What is not finite here is the same on both sides (or was refused before).
      for i in u.indices where !u[i].isFinite || !v[i].isFinite { (u[i], v[i]) = (0, 0) }
      (x, y) = (u, v)
      fit =
        kind.shaping == .none
        ? nil
        : PotentialFit(
          rows: .edges(from: domain.from, to: domain.to), stateCount: mdp.stateCount,
          constraint: constraint(kind.shaping), discount: mdp.discount)
    }
    func split(_ target: [Double]) -> PotentialSplit {
      fit?.split(target)
        ?? PotentialSplit(
          potential: [Double](repeating: 0, count: mdp.stateCount),
          constants: [Double](repeating: 0, count: mdp.stateCount), remainder: target)
    }
    let made = Remainders(potentials: (split(x), split(y)), sizes: (norm2(x), norm2(y)))
    remainders[place] = made
    return made
  }

  private func certificate(
    _ kind: RewardTransformation, _ found: Remainders, scale: Double
  ) throws(RewardInvarianceError) -> InvarianceCertificate {
    let (a, b) = (found.potentials.first, found.potentials.second)
    let psi = zip(b.potential, a.potential).map { $0 - scale * $1 }
    let constants = zip(b.constants, a.constants).map { $0 - scale * $1 }
    var redistribution: SparseRows?
    if kind.isRedistributed {
      let list = try domain(.impossible)
      let (u, v) = (list.values(of: first, in: mdp), list.values(of: second, in: mdp))
      var builder = SparseRowsBuilder(columnCount: mdp.stateCount, capacity: list.count)
      var i = 0
      for k in 0..<Int32(mdp.stateCount * mdp.actionCount) {
        while i < list.count, list.row[i] == k {
          let (s, t) = (Int(list.from[i]), Int(list.to[i]))
          if kind.mask != .unreachable || reachable[s] {
            let shape = constants[s] + (mdp.discount * psi[t] - psi[s])
            let left = v[i] - scale * u[i] - shape
            // What is nothing but rounding is no redistribution.
            let size = abs(v[i]) + abs(scale * u[i]) + abs(constants[s]) + abs(psi[t]) + abs(psi[s])
            if abs(left) > 16 * Double.ulpOfOne * size { builder.append(column: list.to[i], value: left) }
          }
          i += 1
        }
        builder.endRow()
      }
      redistribution = builder.build()
    }
    return InvarianceCertificate(
      transformation: kind, scale: scale, shapingPotential: psi, constants: constants, redistribution: redistribution,
      terminals: kind.shaping == .zeroTerminal ? terminals : nil, discount: mdp.discount)
  }

  private func worst(
    _ kind: RewardTransformation, _ q1: [Double], _ q2: [Double], scale: Double
  ) throws(RewardInvarianceError) -> (state: Int, action: Int, next: Int?, remainder: Double)? {
    var (place, largest) = (-1, 0.0)
    for i in q1.indices where abs(q2[i] - scale * q1[i]) > abs(largest) {
      (place, largest) = (i, q2[i] - scale * q1[i])
    }
    guard place >= 0 else { return nil }
    let actionCount = mdp.actionCount
    if kind.isRedistributed {
      let k = Int(pairs(mask: kind.mask)[place])
      return (k / actionCount, k % actionCount, nil, largest)
    }
    let list = try domain(kind.mask)
    return (Int(list.from[place]), Int(list.row[place]) % actionCount, Int(list.to[place]), largest)
  }
}
