public import LinearAlgebra

/// What is wrong with the data or the options handed to this module.
public enum ExplorationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A parameter is outside its range.
  case parameter(name: String, value: Double, needed: String)
  /// An array has another shape than the model asks for.
  case shape(of: String, expected: [Int], got: [Int])
  /// A number is NaN or infinite.
  case notFinite(of: String, index: [Int], value: Double)
  /// A row of transition probabilities does not sum to 1 within `tolerance`.
  case rowSum(state: Int, action: Int, sum: Double, tolerance: Double)
  /// A transition probability is negative beyond rounding.
  case probability(state: Int, action: Int, next: Int, value: Double)
  /// The features are larger than the radii of the algorithm assume.
  case featureRadius(Double)
  /// Subsets of the states cannot be enumerated for so many states.
  case tooManyStates(Int, limit: Int, mend: String)
  /// A run would hold more numbers than allowed.
  case tooLarge(what: String, count: Int, limit: Int)
  /// A reward is negative somewhere.
  case negativeReward(step: Int, state: Int, action: Int, value: Double)
  /// No such bound is known.
  case unknownBound(String, known: [String])
  /// Two bounds do not measure the same thing.
  case incomparable(String, String, why: String)
  /// The constraints admit no parameter.
  case emptyParameterSet
  /// The explorer has no regression whose model could be asked for.
  case noTargetedModel
  /// The data cannot have come from any valid parameter.
  case impossibleCounts
  /// A regression broke down.
  case numerics(LinearAlgebraError)
  /// A linear program of the evaluation could not be solved.
  case linearProgram(String)

  /// What is wrong, where, and how to mend it.
  public var description: String {
    switch self {
    case .parameter(let name, let value, let needed):
      return "\(name) is \(brief(value)); it has to be \(needed)"
    case .shape(let what, let expected, let got):
      return "\(what) has shape \(shape(got)); shape \(shape(expected)) is needed"
    case .notFinite(let what, let index, let value):
      return "\(what)\(place(index)) is \(value); every number has to be finite"
    case .rowSum(let state, let action, let sum, let tolerance):
      return "P[\(state), \(action), :] sums to \(sum); 1 ± \(tolerance) is needed: mend the features or the parameter"
    case .probability(let state, let action, let next, let value):
      return
        "P[\(state), \(action), \(next)] is \(value); a probability is at least 0: mend the features or the parameter"
    case .featureRadius(let radius):
      return "the feature radius is \(radius), but the radii assume at most 1: use the normalised features"
    case .tooManyStates(let count, let limit, let mend):
      return "\(count) states are more than the \(limit) whose subsets can be enumerated: \(mend)"
    case .tooLarge(let what, let count, let limit):
      return "\(what) needs \(count) numbers, the limit is \(limit): use fewer levels or a smaller model"
    case .negativeReward(let step, let state, let action, let value):
      return "reward[\(step), \(state), \(action)] is \(value); rewards are at least 0: add a constant to the step"
    case .unknownBound(let id, let known):
      return "no bound is called \(id); known are \(known.joined(separator: ", "))"
    case .incomparable(let first, let second, let why):
      return "\(first) and \(second) cannot be compared: \(why)"
    case .emptyParameterSet:
      return "no parameter makes every row of the kernel a distribution: check the features"
    case .noTargetedModel:
      return "this explorer has no value-targeted model: ask for the one-hot or the likelihood estimate"
    case .impossibleCounts:
      return "no valid parameter gives every observed transition a positive probability: check features and counts"
    case .numerics(let error):
      return "a regression broke down: \(error)"
    case .linearProgram(let reason):
      return "a linear program of the evaluation has no solution: \(reason)"
    }
  }

  private func brief(_ value: Double) -> String {
    if let integer = Int(exactly: value) { return String(integer) }
    return "\(value)"
  }
  private func shape(_ sizes: [Int]) -> String { "(\(sizes.map(String.init).joined(separator: ", ")))" }
  private func place(_ index: [Int]) -> String {
    index.isEmpty ? "" : "[\(index.map(String.init).joined(separator: ", "))]"
  }
}
