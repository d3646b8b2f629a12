public import MDPs
internal import RewardDistances
public import RewardInvariance

/// Expects that `second` is `first` with potential shaping, R' = R + γ Φ(t) − Φ(s), and records an issue otherwise.
///
/// The failure says what the best potential leaves unexplained and where, shows two policies that the rewards order
/// differently, and names the classic mistake of a potential that is not 0 in terminal states.
///
/// ```swift
/// @Test func bonusIsHarmless() throws {
///   expectPotentialShaping(from: plain, to: withBonus, in: world)
/// }
/// ```
///
/// - Parameters:
///   - first: the reward before the change.
///   - second: the reward after it.
///   - mdp: the world.
///   - isScaled: whether a positive factor is allowed as well.
///   - includesImpossibleTransitions: whether the equation must hold on transitions of probability 0 too, so that it
///     holds whatever the dynamics.
///   - terminals: the states where an episode ends; nil for absorbing states without reward.
///   - tolerance: the largest relative residual.
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: Φ, shape (S), when the expectation holds; nil when not.
@discardableResult
public func expectPotentialShaping(
  from first: Reward, to second: Reward, in mdp: MDP, isScaled: Bool = false,
  includesImpossibleTransitions: Bool = false, terminals: [Bool]? = nil, tolerance: Double = 1e-9,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> [Double]? {
  let kind = RewardTransformation(
    scaled: isScaled, shaping: .any, mask: includesImpossibleTransitions ? .none : .impossible)
  let finding = expect(
    .transformed(kind), first, second, mdp, terminals: terminals, tolerance: tolerance,
    at: CallSite(fileID: fileID, filePath: filePath, line: line, column: column))
  guard let finding, finding.holds, case .certificate(let certificate) = finding.evidence else { return nil }
  return certificate.potential
}

/// Expects that two rewards order all policies alike, stochastic ones included, and records an issue otherwise.
///
/// - Parameters:
///   - first: the true reward.
///   - second: the proxy.
///   - mdp: the world; its discount must be below 1.
///   - tolerance: the largest relative residual.
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: whether the expectation holds.
@discardableResult
public func expectSamePolicyOrder(
  _ first: Reward, _ second: Reward, in mdp: MDP, tolerance: Double = 1e-9, fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Bool {
  let site = CallSite(fileID: fileID, filePath: filePath, line: line, column: column)
  return expect(.samePolicyOrder, first, second, mdp, tolerance: tolerance, at: site)?.holds ?? false
}

/// Expects that the same policies are optimal from the start under two rewards, and records an issue otherwise.
///
/// - Parameters:
///   - first: the true reward.
///   - second: the proxy.
///   - mdp: the world; its discount must be below 1.
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: whether the expectation holds.
@discardableResult
public func expectSameOptimalPolicies(
  _ first: Reward, _ second: Reward, in mdp: MDP, fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Bool {
  let site = CallSite(fileID: fileID, filePath: filePath, line: line, column: column)
  return expect(.sameOptimalPolicies, first, second, mdp, at: site)?.holds ?? false
}

/// Expects any relation between two rewards, and records an issue when it does not hold or cannot be decided.
///
/// - Parameters:
///   - relation: the relation, such as `.proxySafe` or `.transformed(.init(redistributed: true))`.
///   - first: the true reward.
///   - second: the proxy.
///   - mdp: the world.
///   - tolerance: the largest relative residual.
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: whether the expectation holds.
@discardableResult
public func expectRelation(
  _ relation: RewardRelation, _ first: Reward, _ second: Reward, in mdp: MDP, tolerance: Double = 1e-9,
  fileID: StaticString = #fileID, filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Bool {
  let site = CallSite(fileID: fileID, filePath: filePath, line: line, column: column)
  return expect(relation, first, second, mdp, tolerance: tolerance, at: site)?.holds ?? false
}

/// Expects that optimising `proxy` costs at most a share `limit` of the range of true returns, in the worst case, and
/// records an issue otherwise.
///
/// - Parameters:
///   - proxy: the reward that is optimised.
///   - truth: the reward that is meant.
///   - mdp: the world; its discount must be below 1.
///   - limit: the largest normalised worst-case regret, in [0, 1].
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: the regret; nil when it could not be worked out.
@discardableResult
public func expectRegret(
  of proxy: Reward, truth: Reward, in mdp: MDP, atMost limit: Double, fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Double? {
  let site = CallSite(fileID: fileID, filePath: filePath, line: line, column: column)
  do {
    let result = try RewardCheck(regretLimit: limit).run(mdp, from: truth, to: proxy)
    guard let regret = result.regret else { return nil }
    // A proven lower bound above the limit is a failure; what lies between the bounds is not held against the proxy.
    if !result.holds {
      let witness = regret.witness
      site.fail(
        """
        Optimising "\(proxy.name)" can cost \(regret.normalised) of the range of true returns; at most \(limit) is allowed.
        The worst pair: "\(proxy.name)" returns \(witness.proxyReturns[0]) for policy B and \(witness.proxyReturns[1]) for \
        policy A, but "\(truth.name)" returns \(witness.trueReturns[0]) for B and \(witness.trueReturns[1]) for A.
        Proven enclosure of the loss: [\(regret.lower), \(regret.upper)].
        """)
    }
    return regret.normalised
  } catch {
    site.fail("The regret could not be worked out: \(error).")
    return nil
  }
}

/// Expects that a distance between two rewards is at most `limit`, and records an issue otherwise.
///
/// - Parameters:
///   - name: the distance by name, such as `VAL-2-2`, `range` or `EPIC`.
///   - first: the first reward.
///   - second: the second reward.
///   - mdp: the world.
///   - limit: the largest value.
///   - fileID: the place of the assertion, filled in by the compiler, as are the next three.
///   - filePath: see `fileID`.
///   - line: see `fileID`.
///   - column: see `fileID`.
/// - Returns: the distance; nil when it could not be worked out.
@discardableResult
public func expectDistance(
  _ name: String, _ first: Reward, _ second: Reward, in mdp: MDP, atMost limit: Double, fileID: StaticString = #fileID,
  filePath: StaticString = #filePath, line: UInt = #line, column: UInt = #column
) -> Double? {
  let site = CallSite(fileID: fileID, filePath: filePath, line: line, column: column)
  do {
    let distance = try RewardDistance(name: name)
    let result = try RewardCheck(distanceLimits: [(distance, limit)]).run(mdp, from: first, to: second)
    guard let outcome = result.limits.first else { return nil }
    if !outcome.holds {
      site.fail(
        "The distance \(name) of \"\(first.name)\" and \"\(second.name)\" is \(outcome.value); at most \(limit) is allowed."
      )
    }
    return outcome.value
  } catch {
    site.fail("The distance \(name) could not be worked out: \(error).")
    return nil
  }
}

/// Decides a relation and records an issue unless it holds.
private func expect(
  _ relation: RewardRelation, _ first: Reward, _ second: Reward, _ mdp: MDP, terminals: [Bool]? = nil,
  tolerance: Double = 1e-9, at site: CallSite
) -> RelationFinding? {
  var options = InvarianceOptions()
  options.equivalenceTolerance = tolerance
  options.terminals = terminals
  do {
    let result = try RewardCheck(relations: [relation], options: options).run(mdp, from: first, to: second)
    guard let finding = result.findings.first else { return nil }
    if !finding.holds {
      var message = Explanation(finding, first: first, second: second, in: mdp).text
      message += "\nTolerance of the relative residual: \(tolerance)."
      if let fault = result.terminalFault, let state = fault.states.first {
        message +=
          "\nThe classic mistake: this is shaping whose potential is not 0 where the episode ends, "
          + "Φ(\(mdp.stateName(state))) = \(fault.potential[state]). Set Φ = 0 in terminal states."
      }
      site.fail(message)
    }
    return finding
  } catch {
    site.fail("The relation \(relation.name) could not be checked: \(error).")
    return nil
  }
}
