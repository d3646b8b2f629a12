/// How good a learnt kernel is for all rewards of total at most 1: what an adversary found, and what is certain.
///
/// The worst case lies between ``found`` and ``certified``; ``exact`` is given for tiny models.
public struct ExplorationEvaluation: Sendable, Equatable {
  /// A reward and its planning error: the worst case is at least this.
  public let found: TieFillingAdversary.Witness
  /// The worst case is at most twice its separation.
  public let certified: CouplingBound
  /// The worst case itself, where it was asked for and the model is tiny.
  public let exact: ExactSupremum?
  /// The largest planning error of the planner's own policy on the canonical list: a list, not the worst case.
  public let listMaximum: Double
  /// The largest planning error on the canonical list with the worst ties.
  public let listPessimisticMaximum: Double
  /// How many rewards the list has.
  public let listCount: Int

  /// Evaluates `model` when the world is `truth`.
  ///
  /// - Throws: ``ExplorationError/shape(of:expected:got:)`` for kernels of different shapes,
  ///   ``ExplorationError/parameter(name:value:needed:)``, and what ``ExactSupremum`` throws when `exact` is asked for.
  public init(
    truth: TransitionKernel, model: TransitionKernel, horizon: Int, start: Int, exact: Bool = false,
    adversary: TieFillingAdversary = TieFillingAdversary()
  ) throws(ExplorationError) {
    try requirePositive(horizon, "horizon")
    guard truth.stateCount == model.stateCount, truth.actionCount == model.actionCount else {
      throw .shape(
        of: "the model's kernel", expected: [truth.stateCount, truth.actionCount, truth.stateCount],
        got: [model.stateCount, model.actionCount, model.stateCount])
    }
    guard (0..<truth.stateCount).contains(start) else {
      throw .parameter(name: "start state", value: Double(start), needed: "from 0 to \(truth.stateCount - 1)")
    }
    found = adversary.worstCase(truth: truth, model: model, horizon: horizon, start: start)
    certified = CouplingBound(truth, model, horizon: horizon, start: start)
    self.exact =
      exact ? try ExactSupremum(truth: truth, model: model, horizon: horizon, start: start) : nil
    let list = CanonicalRewards(
      horizon: horizon, stateCount: truth.stateCount, actionCount: truth.actionCount,
      randomCount: adversary.randomRewards, seed: adversary.seed
    ).rewards
    var (planned, pessimistic) = (0.0, 0.0)
    for rewards in list {
      let error = PlanningError(of: rewards, planning: model, in: truth, from: start)
      planned = max(planned, error.optimum - error.planned)
      pessimistic = max(pessimistic, error.value)
    }
    listMaximum = planned
    listPessimisticMaximum = pessimistic
    listCount = list.count
  }
}
