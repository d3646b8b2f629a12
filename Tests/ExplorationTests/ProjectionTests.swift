import Exploration
import JSON
import LinearAlgebra
import Simulation
import TestSupport
import Testing

@Suite("Projection onto valid parameters") struct ProjectionTests {
  let reference: ReferenceModels

  init() throws { reference = try ReferenceModels() }

  /// (a − b)ᵀ Σ (a − b).
  static func squaredDistance(_ a: [Double], _ b: [Double], _ gram: Matrix) throws -> Double {
    let difference = zip(a, b).map { $0 - $1 }
    return dot(difference, try gram.multiplied(by: difference))
  }

  @Test("projections equal the reference") func projections() throws {
    let cases = try Reference.json("exploration/substeps.json")["projection"]["cases"].elements()
    for entry in cases {
      let model = try reference[entry["mdp"].string()]
      let gram = try entry["sigma"].matrix()
      let estimate = try entry["theta0"].flat()
      let projection = ParameterProjection(ValidParameters(model.features))
      let answer = try projection(estimate, in: CholeskyFactorisation(gram))
      #expect(answer.isConverged)
      #expect(distance(answer.parameter, try entry["theta"].flat()) < 1e-8)
      let squared = try Self.squaredDistance(answer.parameter, estimate, gram)
      #expect(abs(squared - (try entry["squared_distance"].double())) < 1e-8)
      #expect(distance(model.features.kernel(answer.parameter).probabilities, try entry["kernel"].flat()) < 1e-8)
    }
  }

  @Test("the worked example on the simplex") func workedExample() throws {
    let features = try MixtureFeatures(
      stateCount: 2, actionCount: 1, dimension: 2, values: [1, 0, 0, 1, 1, 0, 0, 1])
    let gram = try CholeskyFactorisation(Matrix(rows: [[4, 0], [0, 1]]))
    let answer = ParameterProjection(ValidParameters(features))([0.9, 0.5], in: gram)
    #expect(answer.isConverged && distance(answer.parameter, [0.82, 0.18]) < 1e-12)
  }

  @Test("a projection is idempotent and no valid parameter comes nearer") func law() throws {
    var stream = SplitMix64(seed: 4)
    for (name, model) in reference.models.sorted(by: { $0.key < $1.key }) {
      let d = model.dimension
      let projection = ParameterProjection(ValidParameters(model.features))
      for trial in 0..<200 {
        var gram = Matrix.identity(d)
        for _ in 0..<d {
          let x = (0..<d).map { _ in 2 * stream.normal() }
          for i in 0..<d { for j in 0..<d { gram[i, j] += x[i] * x[j] } }
        }
        let factor = try CholeskyFactorisation(gram)
        let estimate = model.parameter.map { $0 + stream.normal() }
        let answer = projection(estimate, in: factor)
        #expect(answer.isConverged, "\(name) \(trial)")
        #expect(projection.valid.violation(answer.parameter) < 1e-10)
        let again = projection(answer.parameter, in: factor)
        #expect(distance(again.parameter, answer.parameter) < 1e-9)
        let before = try Self.squaredDistance(estimate, model.parameter, gram)
        let after = try Self.squaredDistance(answer.parameter, model.parameter, gram)
        let moved = try Self.squaredDistance(answer.parameter, estimate, gram)
        // The obtuse angle at a projection: the true parameter is valid.
        #expect(after + moved <= before + 1e-8 * (1 + before))
      }
    }
  }

  @Test("constraints that no parameter meets are reported, not looped over") func infeasible() throws {
    let features = try MixtureFeatures(
      stateCount: 2, actionCount: 1, dimension: 1, values: [0.5, 0.5, 1, 1])
    let projection = ParameterProjection(ValidParameters(features))
    let answer = try projection([0.3], in: CholeskyFactorisation(Matrix.identity(1)))
    #expect(!answer.isConverged && answer.parameter[0].isFinite)
    #expect(features.kernel(answer.parameter).probabilities.allSatisfy { $0 >= 0 && $0.isFinite })
  }

  @Test("known non-negativity is a constraint of its own") func simplexOption() throws {
    let model = try LinearMixtureMDP.randomMixture(
      stateCount: 3, actionCount: 2, dimension: 3, horizon: 4, seed: 5)
    let tight = ValidParameters(model.features, simplex: true)
    #expect(tight.rowCount == ValidParameters(model.features).rowCount + 3)
    let answer = ParameterProjection(tight)([-3, 1, 5], in: try CholeskyFactorisation(Matrix.identity(3)))
    #expect(answer.isConverged && answer.parameter.allSatisfy { $0 >= -1e-12 })
  }
}
