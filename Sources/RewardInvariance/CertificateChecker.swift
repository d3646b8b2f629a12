internal import LinearAlgebra
public import MDPs

/// Checks an ``InvarianceCertificate`` against a model and two rewards, by sums alone.
///
/// It shares no code with the search that makes certificates: reachability, expectations and residuals are worked out
/// here afresh, so that a fault there cannot hide here.
public struct CertificateChecker: Sendable {
  /// The equation may fail by this fraction of the smaller reward's norm, beside rounding.
  public var tolerance: Double
  /// The widest ties, as a fraction of the largest loss or of the range of returns, that a certificate may speak of.
  public var tieTolerance: Double
  /// The states where an episode ends, shape (S); nil for absorbing states in which the first reward pays nothing.
  public var terminals: [Bool]?

  /// A checker; the default tolerances are those of the tests of relations.
  public init(tolerance: Double = 1e-9, tieTolerance: Double = 1e-9, terminals: [Bool]? = nil) {
    self.tolerance = tolerance
    self.tieTolerance = tieTolerance
    self.terminals = terminals
  }

  /// What a check found.
  public struct Verdict: Sendable, Equatable {
    /// Whether the certificate proves its claim.
    public let isValid: Bool
    /// What is wrong, or nil.
    public let fault: String?
    /// ‖R₂ − (k R₁ + c + γ Ψ(t) − Ψ(s) + Z)‖₂ over the transitions that count, relative to the smaller of ‖k R₁‖, ‖R₂‖
    /// (to the larger one where the smaller is 0).
    public let defect: Double

    /// A certificate that proves nothing, for the reason given.
    static func refused(_ fault: String, _ defect: Double = .infinity) -> Verdict {
      Verdict(isValid: false, fault: fault, defect: defect)
    }
  }

  /// Checks that `evidence` proves `relation`, whichever kind of certificate it is.
  ///
  /// - Complexity: that of the kind of certificate
  public func check(
    _ evidence: RelationEvidence, of relation: RewardRelation, first: Reward, second: Reward, in mdp: MDP
  ) -> Verdict {
    switch (evidence, relation) {
    case (.certificate(let certificate), _):
      let proven = RewardRelation.transformed(certificate.transformation)
      guard proven == relation || proven.implies(relation) else {
        return .refused("\(proven.name) does not imply \(relation.name)")
      }
      return check(certificate, first: first, second: second, in: mdp)
    case (.optimality(let certificate), _):
      return check(certificate, of: relation, first: first, second: second, in: mdp)
    case (.monotone(let certificate), .zeroPreservingMonotone(let mask)):
      return check(certificate, mask: mask, first: first, second: second, in: mdp)
    case (.triviality(let certificate), .unhackable):
      return check(certificate, first: first, second: second, in: mdp)
    case (.ranking(let certificate), .sameDeterministicOrder):
      return check(certificate, first: first, second: second, in: mdp)
    default: return .refused("this is no certificate of \(relation.name)")
    }
  }

  /// Checks every condition of the claim R₂ = k R₁ + c(s) + γ Ψ(t) − Ψ(s) + Z.
  ///
  /// - Complexity: O(transitions that count)
  public func check(_ certificate: InvarianceCertificate, first: Reward, second: Reward, in mdp: MDP) -> Verdict {
    let (S, A) = (mdp.stateCount, mdp.actionCount)
    let kind = certificate.transformation
    func fault(_ words: String, _ defect: Double = .infinity) -> Verdict {
      Verdict(isValid: false, fault: words, defect: defect)
    }
    let (psi, constants) = (certificate.shapingPotential, certificate.constants)
    guard psi.count == S, constants.count == S, psi.allSatisfy(\.isFinite), constants.allSatisfy(\.isFinite) else {
      return fault("the potential must have \(S) finite entries")
    }
    guard certificate.discount == mdp.discount else {
      return fault("the certificate is for discount \(certificate.discount), the model has \(mdp.discount)")
    }
    guard certificate.scale > 0, certificate.scale.isFinite else { return fault("the scale is not positive") }
    guard kind.isScaled || certificate.scale == 1 else { return fault("the scale must be 1 for \(kind.name)") }
    if kind.shaping == .none, psi.contains(where: { $0 != 0 }) || constants.contains(where: { $0 != 0 }) {
      return fault("the potential must be 0 for \(kind.name)")
    }
    if mdp.discount == 1, constants.contains(where: { $0 != 0 }) {
      return fault("at discount 1 a constant potential changes nothing, so its constants must be 0")
    }
    if let words = constraintFault(certificate, first, mdp) { return fault(words) }
    do {
      try first.requireShape(stateCount: S, actionCount: A)
      try second.requireShape(stateCount: S, actionCount: A)
    } catch {
      return fault(error.description)
    }

    let counted = kind.mask == .unreachable ? reached(mdp) : [Bool](repeating: true, count: S)
    if let z = certificate.redistribution {
      guard kind.isRedistributed else { return fault("there must be no redistribution for \(kind.name)") }
      guard z.rowCount == S * A, z.columnCount == S else { return fault("the redistribution has another shape") }
    }
    // Where no reward depends on the next state, the equation fails the most at the least or largest potential.
    let extremes = [psi.indices.min { psi[$0] < psi[$1] } ?? 0, psi.indices.max { psi[$0] < psi[$1] } ?? 0]
    if kind.mask == .none, !kind.isRedistributed, mdp.discount > 0, first.isSilentOnNext, second.isSilentOnNext,
      let s = constants.firstIndex(where: { $0 != constants[0] })
    {
      return fault("states 0 and \(s) are connected but have different constants")
    }
    var (differences, firstSquares, secondSquares, meanSquares, potentialSquares) = (Sum(), Sum(), Sum(), Sum(), Sum())
    var (rowZ, rowColumns): ([Double], [Int]) = ([], [])
    for s in 0..<S where counted[s] {
      for a in 0..<A where mdp.isAvailable(s, a) {
        let k = s * A + a
        var nonFinite = false
        var (mean, meanShape) = (Sum(), Sum())
        func look(_ t: Int, _ p: Double) {
          let (x, y) = (
            first.value(state: s, action: a, next: t, actionCount: A),
            second.value(state: s, action: a, next: t, actionCount: A)
          )
          if !x.isFinite || !y.isFinite {
            if p > 0 || !(x == y || (x.isNaN && y.isNaN)) || kind != .identity { nonFinite = true }
            return
          }
          let shape = constants[s] + ((psi[t] - psi[s]) - (1 - mdp.discount) * psi[t])
          let z = certificate.redistribution?[k, t]
          let difference = y - (certificate.scale * x + shape + (z ?? 0))
          if let z {
            mean.add(p * z)
          } else if kind.isRedistributed {
            mean.add(p * difference)
          }
          if !kind.isRedistributed || z != nil { differences.add(difference * difference) }
          firstSquares.add(certificate.scale * x * certificate.scale * x)
          secondSquares.add(y * y)
          meanShape.add(abs(psi[t]) + abs(psi[s]))
        }
        if kind.mask == .none && !kind.isRedistributed {
          rowColumns = columnsSpokenOf(first, second, state: s, action: a, mdp, extremes: extremes)
          rowZ = rowColumns.map { mdp.transitions[k, $0] }
        } else {
          rowColumns = []
          rowZ = []
          mdp.transitions.forEachSuccessor(ofRow: k) { t, p in
            rowColumns.append(t)
            rowZ.append(p)
          }
        }
        for (t, p) in zip(rowColumns, rowZ) {
          guard constants[s] == constants[t] || mdp.discount == 0 else {
            return fault("states \(s) and \(t) are connected but have different constants")
          }
          look(t, p)
        }
        if nonFinite { return fault("a reward is not finite in state \(s), action \(a)") }
        meanSquares.add(mean.value * mean.value)
        potentialSquares.add(meanShape.value * meanShape.value)
      }
    }
    let (n1, n2) = (firstSquares.value.squareRoot(), secondSquares.value.squareRoot())
    let wrong = differences.value.squareRoot() + meanSquares.value.squareRoot()
    let (small, large) = (min(n1, n2), max(n1, n2))
    let size = small > 0 ? small : large
    let rounding = 64 * Double.ulpOfOne * (n1 + n2 + potentialSquares.value.squareRoot())
    let defect = size > 0 ? wrong / size : (wrong > 0 ? .infinity : 0)
    guard wrong <= tolerance * small + rounding else {
      return fault("the equation fails by \(wrong) where the smaller reward has norm \(small)", defect)
    }
    return Verdict(isValid: true, fault: nil, defect: defect)
  }

  /// What is wrong with Φ in start or terminal states.
  private func constraintFault(_ certificate: InvarianceCertificate, _ first: Reward, _ mdp: MDP) -> String? {
    let (psi, c) = (certificate.shapingPotential, certificate.constants)
    let starts = mdp.initialDistribution.indices.filter { mdp.initialDistribution[$0] > 0 }
    switch certificate.transformation.shaping {
    case .none, .any: return nil
    case .zeroInitial:
      if let s = starts.first(where: { psi[$0] != 0 || c[$0] != 0 }) {
        return "the potential of start state \(s) is not 0"
      }
    case .commonInitial:
      if let s = starts.first(where: { psi[$0] != psi[starts[0]] || c[$0] != c[starts[0]] }) {
        return "the potentials of start states \(starts[0]) and \(s) differ"
      }
    case .zeroTerminal:
      guard let terminals = certificate.terminals, terminals.count == psi.count else {
        return "the terminal states are not given"
      }
      for s in psi.indices {
        if terminals[s] != (self.terminals?[s] ?? endsWithoutReward(s, first, mdp)) {
          return "state \(s) is \(terminals[s] ? "no" : "a") terminal state, against what the certificate says"
        }
        if terminals[s], psi[s] != 0 || c[s] != 0 { return "the potential of terminal state \(s) is not 0" }
      }
    }
    return nil
  }

  /// Whether every action stays in `state` for ever and pays nothing there.
  private func endsWithoutReward(_ state: Int, _ first: Reward, _ mdp: MDP) -> Bool {
    for a in 0..<mdp.actionCount where mdp.isAvailable(state, a) {
      for (t, _) in mdp.successors(state, a)
      where t != state || first.value(state: state, action: a, next: t, actionCount: mdp.actionCount) != 0 {
        return false
      }
    }
    return true
  }

  /// The states reached from the start, by sweeps until nothing changes.
  func reached(_ mdp: MDP) -> [Bool] {
    var flags = mdp.initialDistribution.map { $0 > 0 }
    guard mdp.discount > 0 else { return flags }
    var frontier = flags.indices.filter { flags[$0] }
    while !frontier.isEmpty {
      var next: [Int] = []
      for s in frontier {
        for a in 0..<mdp.actionCount where mdp.isAvailable(s, a) {
          mdp.transitions.forEachSuccessor(ofRow: s * mdp.actionCount + a) { t, _ in
            if !flags[t] {
              flags[t] = true
              next.append(t)
            }
          }
        }
      }
      frontier = next
    }
    return flags
  }

  /// The next states for which the rewards say what a transition pays: all for a table, the possible and the stored ones
  /// for sparse rewards; where neither depends on the next state, the possible ones and `extremes` stand for all.
  func columnsSpokenOf(
    _ first: Reward, _ second: Reward, state: Int, action: Int, _ mdp: MDP, extremes: [Int]
  ) -> [Int] {
    var columns = Set(mdp.successors(state, action).map(\.next))
    for reward in [first, second] {
      switch reward.values {
      case .transition: return Array(0..<mdp.stateCount)
      case .sparseTransition(let rows):
        for k in rows.positions(ofRow: state * mdp.actionCount + action) { columns.insert(Int(rows.columns[k])) }
      case .state, .pair: break
      }
    }
    if first.isSilentOnNext, second.isSilentOnNext { columns.formUnion(extremes) }
    return columns.sorted()
  }

  /// A compensated sum (Neumaier).
  struct Sum {
    private var (high, low) = (0.0, 0.0)

    mutating func add(_ x: Double) {
      let t = high + x
      low += abs(high) >= abs(x) ? (high - t) + x : (x - t) + high
      high = t
    }

    var value: Double { high + low }
  }
}

extension Reward {
  /// Whether the reward is by state or by pair.
  fileprivate var isSilentOnNext: Bool {
    switch values {
    case .state, .pair: true
    case .transition, .sparseTransition: false
    }
  }
}

extension MDP {
  /// The next states of positive probability with their probabilities.
  func successors(_ state: Int, _ action: Int) -> [(next: Int, probability: Double)] {
    var list: [(next: Int, probability: Double)] = []
    transitions.forEachSuccessor(ofRow: state * actionCount + action) { list.append((next: $0, probability: $1)) }
    return list
  }
}
