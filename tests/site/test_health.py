def test_health_page_answers(client, db):
    response = client.get("/health/?format=json")
    assert response.status_code == 200
