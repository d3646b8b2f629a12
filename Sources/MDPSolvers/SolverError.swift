public import LinearAlgebra
public import MDPs

/// What is wrong with a problem that a solver was asked to solve.
///
/// Not reaching a tolerance is no error: it is part of the ``Guarantee``. States and actions are counted from 0.
public enum SolverError: Error, Equatable, Sendable {
  /// The discount is not in [0, 1), or so near 1 that the row sums of the model undo it.
  case discountOutOfRange(discount: Double, largestRowSumDefect: Double)
  /// The model, reward or policy is wrong.
  case model(MDPError)
  /// No action of a state is both available and allowed.
  case noAllowedAction(state: Int)
  /// An array has another shape than the model asks for.
  case shape(of: String, expected: Int, got: Int)
  /// A pair-shaped reward is NaN or infinite.
  case reward(state: Int, action: Int, value: Double)
  /// A reward whose sum over time may leave the range of doubles: at most `limit` in size is taken on.
  case rewardTooLarge(state: Int, action: Int, value: Double, limit: Double)
  /// A terminal value is NaN or infinite.
  case terminalValue(state: Int, value: Double)
  /// A linear system could not be solved in rationals.
  case exactSystem(LinearAlgebraError)
  /// An end component without target has gains and losses both, or one that makes the optimum unbounded the wrong way:
  /// the total reward of staying in it is not defined.
  case endComponentOfBothSigns(states: [Int], gain: Double, loss: Double)
  /// The temperature of a regularised problem is not positive.
  case temperature(Double)
  /// The temperature times the entropy that it pays for may leave the range of doubles: at most `limit` is taken on.
  case temperatureTooLarge(Double, limit: Double)
  /// The radius of an L1 ball is not in [0, 2].
  case radius(Double)
  /// The radius of a ball of Kullback-Leibler divergence is negative or not finite.
  case divergence(Double)
  /// The intervals of a row are wrong, or no distribution fits them.
  case interval(state: Int, action: Int, reason: String)
  /// No policy meets the constraints; the multipliers, one a constraint, combine them to a contradiction.
  case infeasible(multipliers: [Double])
  /// No policy meets the constraints, proven in rationals.
  case infeasibleExactly(ExactInfeasibility)
  /// A row of the model does not sum to exactly 1 in rationals, and the criterion needs that.
  case inexactRow(state: Int, action: Int, sum: Rational)
  /// The linear program was refused or not solved.
  case linearProgram(String)
  /// Two sets of states in which one may stay for ever do not reach each other, so that the gain need not be constant.
  case notUnichain(first: [Int], second: [Int])
  /// The horizon is negative.
  case horizon(Int)
  /// There are more of something than a method takes on.
  case tooLarge(_ what: String, count: Double, limit: Int)
  /// A change of transition probabilities does not sum to 0 in a row.
  case direction(state: Int, action: Int, sum: Double)
  /// A row of rationals does not sum to exactly 1, as a criterion without discount needs.
  case rowSum(state: Int, action: Int)
  /// The parameter of an entropic risk measure is 0 or not finite.
  case risk(Double)
  /// The level of a conditional value at risk is not in (0, 1].
  case level(Double)
  /// Remembering the worst reward so far needs more states than are allowed.
  case tooManyStates(needed: Int, limit: Int)
  /// A method needs bounds to start from, which are not known for gains and losses where some policy never ends.
  case noStartingBounds
}

extension SolverError: CustomStringConvertible {
  /// One sentence that says what is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .discountOutOfRange(let discount, let defect):
      discount < 1 && discount >= 0
        ? "the discount \(discount) is too near 1 for row sums that are off by \(defect); make the rows sum to 1"
        : "the discount is \(discount), but a discounted problem needs one in [0, 1); "
          + "for discount 1 choose the total, reachability, average or finite-horizon criterion"
    case .model(let error): error.description
    case .noAllowedAction(let s):
      "no action of state \(s) is both available and allowed; allow at least one"
    case .shape(let name, let expected, let got):
      "\(name) has \(got) entries, but \(expected) are needed"
    case .reward(let s, let a, let value):
      "the reward of action \(a) in state \(s) is \(value); rewards must be finite "
        + "(to forbid an action, make it unavailable)"
    case .rewardTooLarge(let s, let a, let value, let limit):
      "the reward of action \(a) in state \(s) is \(abs(value)) in size, but sums over time stay within the range of doubles only for "
        + "rewards of at most \(limit) in size; divide all rewards by a constant"
    case .temperatureTooLarge(let temperature, let limit):
      "the temperature is \(temperature), but values stay within the range of doubles only for at most \(limit)"
    case .terminalValue(let s, let value):
      "the terminal value of state \(s) is \(value); it must be finite"
    case .exactSystem(let error):
      "the values cannot be solved for in rational numbers: \(error)"
    case .endComponentOfBothSigns(let states, let gain, let loss):
      "a policy may stay for ever among the states \(states.prefix(8).map(String.init).joined(separator: ", "))"
        + (states.count > 8 ? " and \(states.count - 8) more" : "")
        + ", where rewards from \(loss) to \(gain) have a total that is not defined or not bounded; "
        + "use a discount below 1 or the average criterion"
    case .temperature(let value):
      "the temperature is \(value); it must be a positive number"
    case .radius(let value):
      "the radius of the L1 ball is \(value); it must lie in [0, 2]"
    case .divergence(let radius):
      "the divergence that nature may use is \(radius); it must be a finite number of at least 0"
    case .interval(let s, let a, let reason):
      "the intervals of action \(a) in state \(s) are wrong: \(reason)"
    case .infeasible(let multipliers):
      "no policy meets the constraints: with the weights \(multipliers) they contradict each other; raise a limit"
    case .infeasibleExactly(let proof):
      "no policy meets the constraints: weighted by \(proof.weights.map(\.description).joined(separator: ", ")) every "
        + "policy spends at least \(proof.leastCost), but the limits allow \(proof.allowedCost); raise a limit"
    case .inexactRow(let s, let a, let sum):
      "the probabilities of action \(a) in state \(s) sum to \(Double(sum)), off 1 by \(Double(sum - 1)) as rationals, "
        + "and this criterion needs rows that sum to exactly 1; put the defect on the largest entry (--rationals absorb), "
        + "or write the probabilities as fractions"
    case .linearProgram(let reason):
      "the linear program was not solved: \(reason)"
    case .notUnichain(let first, let second):
      "one may stay for ever among the states \(first.prefix(8)) and among \(second.prefix(8)), which do not reach each "
        + "other, so that the average reward need not be constant; use multichain policy iteration"
    case .tooLarge(let what, let count, let limit):
      "\(what) number \(count < 1e15 ? String(Int(count)) : String(count)), but at most \(limit) are taken on; "
        + "choose another method or a smaller problem"
    case .direction(let s, let a, let sum):
      "the change of the probabilities of action \(a) in state \(s) sums to \(sum); it must sum to 0"
    case .rowSum(let s, let a):
      "the probabilities of action \(a) in state \(s) do not sum to exactly 1 in rationals; "
        + "give them as rationals, or read them as the fractions they were rounded from"
    case .horizon(let h):
      "the horizon is \(h); it must be 0 or more steps"
    case .risk(let b):
      "the risk parameter is \(b); it must be a finite number other than 0 (0 is the criterion without risk)"
    case .level(let level):
      "the level is \(level); it must lie in (0, 1], where 1 is the expectation"
    case .tooManyStates(let needed, let limit):
      "remembering the worst reward so far may need \(needed) states, more than the limit of \(limit); "
        + "round the rewards to fewer different values or raise the limit"
    case .noStartingBounds:
      "interval iteration knows no bounds to start from, as rewards have both signs and some policy never ends; "
        + "use the automatic method or optimistic value iteration"
    }
  }
}
