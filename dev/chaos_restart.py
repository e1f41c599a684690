def run(origin, seed, end):
    return {"problems": [], "report": {}}
