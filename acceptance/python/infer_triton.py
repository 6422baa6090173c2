"""Calls a server of the Open Inference Protocol with `tritonclient`: infer_triton.py ADDRESS MODEL ROWS COLUMNS, the rows and
the names of their columns as JSON; without names the rows go as one matrix. Prints what came back."""

import json
import sys

import numpy
import tritonclient.http as triton

address, model, rows, columns = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
client = triton.InferenceServerClient(address)


def inputs_of(datatype, binary):
    matrix = numpy.array(rows, dtype={"FP32": "float32", "FP64": "float64"}[datatype])
    if not columns:
        parts = {"input-1": matrix}
    else:
        parts = {name: numpy.ascontiguousarray(matrix[:, i]) for i, name in enumerate(columns)}
    inputs = []
    for name, values in parts.items():
        tensor = triton.InferInput(name, values.shape, datatype)
        tensor.set_data_from_numpy(values, binary_data=binary)
        inputs.append(tensor)
    return inputs


def answer(datatype, binary, **options):
    result = client.infer(model, inputs_of(datatype, binary), request_id="7", **options)
    outputs = result.get_response()["outputs"]
    return {
        "id": result.get_response()["id"],
        "outputs": {each["name"]: [each["datatype"], result.as_numpy(each["name"]).tolist()] for each in outputs},
    }


def refused(call):
    try:
        call()
    except triton.InferenceServerException as error:
        return error.message()


declared = client.get_model_metadata(model)["outputs"]
only = declared[0]["name"] if declared else "output-1"
print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready(),
            "modelReady": client.is_model_ready(model),
            "absentReady": client.is_model_ready("absent"),
            "extensions": client.get_server_metadata()["extensions"],
            "metadata": client.get_model_metadata(model),
            "binary": answer("FP64", True),
            "json": answer("FP64", False, outputs=[triton.InferRequestedOutput(only, binary_data=False)]),
            "floats": answer("FP32", True, outputs=[triton.InferRequestedOutput(only, binary_data=True)]),
            "absent": refused(lambda: client.infer("absent", inputs_of("FP64", True))),
            "unknownOutput": refused(
                lambda: answer("FP64", True, outputs=[triton.InferRequestedOutput("other")])
            ),
        }
    )
)
